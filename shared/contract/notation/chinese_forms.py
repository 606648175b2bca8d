"""Traditional Chinese characters and the simplified ones that mean the same."""

_TRADITIONAL = (
    "紙戰團書國學會來時個們這為過還進運動電話語說讀課請誰調論議認識試設計訂記許訴評詞詩該詳謝證譯變讓"
    "護報場塊壞聲處備復頭奪實審寫寬對導將專尋尊層屬島嶺帶幣師幫廣應廠廳開關閉問間聞閱隊陽陰際陸險隨難"
    "雲電需靜響頁順預領題顏願類風飛飯飲館馬駐驗體發麗麥黃點黨齊齒龍龜鳥魚鳳鴨鵝車輕載輪輸轉連遠適選遲"
    "遺郵鄉醫釋鐵銀錢鋼錯鎮鏡長門兩東業並義烏樂喬習買亂爭於虧亞產親億僅從倉儀價眾優夥傘偉傳傷倫偽體餘"
    "傭側債傾償儲兒蘭興養獸內岡冊農沖決況凍淨涼減幾鳳憑凱擊劃劉則剛創刪別劑勵勁勞勢勻區協單賣盧衛卻縣參"
    "雙敘葉號嘆後嚇呂嗎啟吳員圍圓園圖聖墳壇壩塵墊墮壯殼壺婦媽娛嬰孫寧寶寵憲宮賓審窮竅竊豎競筆節範築籃"
    "糧糾約級紀純納紛紋綱線組細終經結給絕統絲繼續維綠緊總縮織績繪繩羅聯職聽腦腳膠臉艦藝蘇藥虛蟲蠶補裝"
    "臺灣颱見規視覺觀覽訊訓貝負財責敗貨質販貫貴貸費賀資賞賜賠賢賴購賽贈贏趙趕躍跡軍軌軟較輔輩輯達違遷鄧鄭釣"
)
_SIMPLIFIED = (
    "纸战团书国学会来时个们这为过还进运动电话语说读课请谁调论议认识试设计订记许诉评词诗该详谢证译变让"
    "护报场块坏声处备复头夺实审写宽对导将专寻尊层属岛岭带币师帮广应厂厅开关闭问间闻阅队阳阴际陆险随难"
    "云电需静响页顺预领题颜愿类风飞饭饮馆马驻验体发丽麦黄点党齐齿龙龟鸟鱼凤鸭鹅车轻载轮输转连远适选迟"
    "遗邮乡医释铁银钱钢错镇镜长门两东业并义乌乐乔习买乱争于亏亚产亲亿仅从仓仪价众优伙伞伟传伤伦伪体余"
    "佣侧债倾偿储儿兰兴养兽内冈册农冲决况冻净凉减几凤凭凯击划刘则刚创删别剂励劲劳势匀区协单卖卢卫却县参"
    "双叙叶号叹后吓吕吗启吴员围圆园图圣坟坛坝尘垫堕壮壳壶妇妈娱婴孙宁宝宠宪宫宾审穷窍窃竖竞笔节范筑篮"
    "粮纠约级纪纯纳纷纹纲线组细终经结给绝统丝继续维绿紧总缩织绩绘绳罗联职听脑脚胶脸舰艺苏药虚虫蚕补装"
    "台湾台见规视觉观览讯训贝负财责败货质贩贯贵贷费贺资赏赐赔贤赖购赛赠赢赵赶跃迹军轨软较辅辈辑达违迁邓郑钓"
)
#: Traditional characters, by code point, and their simplified forms.
SIMPLIFIED_FORMS = {
    ord(old): new for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True) if old != new
}


def simplified(text: str) -> str:
    """``text`` with the simplified forms of the characters that are known here."""
    return text.translate(SIMPLIFIED_FORMS)


def is_unusual(char: str) -> bool:
    """Whether a Chinese character is none of GB 2312: traditional, or too rare to be compared.

    GB 2312 holds the 6,763 simplified characters that papers are written with.
    """
    if not "\u3400" <= char <= "\u9fff" and not "\U00020000" <= char <= "\U0003ffff":
        return False
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False
