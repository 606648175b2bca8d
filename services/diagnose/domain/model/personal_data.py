"""The usual forms of personal data on a paper: what each looks like, and what stands for it.

Too much is taken out rather than too little: a model grades ``[name]`` as well as a name, because
stem, reference and answer go through the same rules.
"""

import re
from collections.abc import Iterator
from itertools import groupby

NAME, NUMBER, CONTACT, ADDRESS = "[name]", "[number]", "[contact]", "[address]"
#: Digits, Latin letters and the signs of mails and numbers in full width become half width. One
#: character stays one character.
_HALF_WIDTH = str.maketrans(
    {chr(0xFEE0 + code): chr(code) for code in (*range(0x30, 0x3A), *range(0x41, 0x5B))}
    | {chr(0xFEE0 + code): chr(code) for code in (*range(0x61, 0x7B), *b"@+-.")}
)
#: A sign that people put between the digits of a number.
_GAP = r"[ \t\u00a0.·_-]"
#: The hundred commonest family names and the commonest double ones: they cover more than four
#: fifths of all people (Ministry of Public Security, 2020).
_SURNAME = (
    r"(?:欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|夏侯"
    "|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严欧莫孔向汤])"
)
#: Words that begin like a family name and follow people in ordinary sentences.
_NO_NAME = (
    r"(?!高兴|高高|高大|白天|白发|白色|马上|方便|方才|万分|夏天|江边|金色|严厉|严肃|毛病|毛衣|石头|何时|何况|何必"
    r"|于是|向我|向他|向前|叶子|黄色|任何|任务|钟爱|余下|田里|龙舟|汤很|武术|莫名|雷雨|白天|孔子|许多|许诺|程度)"
)
_LATIN_NAME = r"[A-Z][\w'’-]*+(?:[ \t]+[A-Z][\w'’.-]*+){0,3}"
_RELATIVE = (
    r"(?:父亲|母亲|爸爸|妈妈|老爸|老妈|爷爷|奶奶|外公|外婆|姥姥|姥爷|哥哥|弟弟|姐姐|妹妹|叔叔|伯伯|伯父|婶婶"
    r"|阿姨|舅舅|舅妈|姑姑|姑父|姨妈|家长|监护人|班主任|任课老师|同桌)"
)
_RELATIVE_EN = (
    r"(?i:father|mother|dad|daddy|mum|mom|mommy|mummy|brother|sister|grand(?:father|mother|pa|ma)"
    r"|uncle|aunt|cousin|parents?|guardian|teacher|deskmate|friend)"
)
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Mail, also with blanks and with (at).
    (re.compile(r"[\w.+-]+[ \t]?(?:@|[(\[ ]at[)\] ])[ \t]?[\w-]+(?:\.[\w-]+)+"), CONTACT),
    # Ids of our own.
    (
        re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
        CONTACT,
    ),
    # Chinese identity card: six digits of a place, a date of birth, three digits and a check.
    (
        re.compile(
            rf"(?<!\d)[1-9](?:{_GAP}?\d){{5}}{_GAP}?(?:1{_GAP}?9|2{_GAP}?0)(?:{_GAP}?\d){{2}}"
            rf"{_GAP}?[01]{_GAP}?\d{_GAP}?[0-3]{_GAP}?\d(?:{_GAP}?\d){{3}}{_GAP}?[\dXx](?!\d)"
        ),
        CONTACT,
    ),
    # Chinese mobile number in one piece, in groups of 3-4-4, 3-3-5 or 4-4-3, or digit by digit.
    (
        re.compile(
            rf"(?<![\d.])(?:\(?(?:\+|00)?86\)?{_GAP}?)?1[3-9]\d(?:\d{{8}}|{_GAP}{{1,2}}\d{{4}}{_GAP}{{1,2}}\d{{4}}"
            rf"|{_GAP}\d{{3}}{_GAP}\d{{5}}|\d{_GAP}\d{{4}}{_GAP}\d{{3}}|{_GAP}\d{{8}}|\d{{4}}{_GAP}\d{{4}})(?!\d)"
            rf"|(?<![\d.])1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!{_GAP}?\d)"
        ),
        CONTACT,
    ),
    # Chinese landline: area code and seven or eight digits.
    (
        re.compile(
            rf"(?<![\d.])(?:\(0\d{{2,3}}\){_GAP}?|0\d{{2,3}}{_GAP})\d{{3,4}}{_GAP}?\d{{4}}(?!\d)"
        ),
        CONTACT,
    ),
    # A number abroad: with its + or as North Americans write it.
    (
        re.compile(
            r"(?<![\w)])\+\d{1,3}[ .-](?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]\d{2,4}){1,4}(?!\d)"
            r"|(?<![\d.])\(\d{3}\)[ .-]?\d{3}[.-]\d{4}(?!\d)|(?<![\d.-])\d{3}-\d{3}-\d{4}(?![\d-])"
        ),
        CONTACT,
    ),
)
#: A label and what it names: the label stays.
_LABELLED: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"((?i:(?<![a-z])q[ \t]?q|扣扣|企鹅)(?:号码?|群)?[ \t]{0,3}(?:[:：]|是|为)?[ \t]{0,3})"
            rf"([1-9](?:{_GAP}?\d){{4,11}})"
        ),
        CONTACT,
    ),
    (
        re.compile(
            r"((?:(?i:微信|wechat|weixin|(?<![a-z])(?:vx|wx)|抖音|快手|小红书|instagram|facebook"
            r"|twitter|telegram|whatsapp|skype|discord|snapchat|tiktok))"
            r"(?:账号|帐号|号码?|[ \t]?(?:id|ID))?"
            r"[ \t]{0,3}(?:[:：]|是|为|is\b)?[ \t]{0,3}@?)([A-Za-z0-9][\w.-]{4,29})"
        ),
        CONTACT,
    ),
    (
        re.compile(
            r"((?:电\s?话|手\s?机|联系方式|联系电话|座机"
            r"|(?i:\b(?:phone|mobile|cell|tel|telephone|call me at)\b))"
            r"(?:号码?|[ \t](?i:number|no)\.?)?[ \t]{0,3}(?:[:：.]|是|为|is\b)?[ \t]{0,3})"
            rf"([+(]{{0,2}}\d(?:[ \t()-]{{0,2}}\d|{_GAP}\d){{5,17}})"
        ),
        CONTACT,
    ),
    (
        re.compile(
            r"((?:学\s*号|考\s*号|考生号|准考证号?|座位号|身份证号?码?|学籍号)\s*+(?:[:：]\s*+|是|为)?"
            r"|\b(?i:student|candidate|seat|exam|admission)\s*(?i:ID|no\.?|number)\s*+(?:[:：]\s*+)?"
            rf"|\bID\s*[:：]\s*)((?:[A-Za-z]{{0,4}}-?)\d(?:[\w()（）-]|{_GAP}\d)*)"
        ),
        NUMBER,
    ),
    (
        re.compile(
            r"(班\s*级\s*[:：]\s*|\b[Cc]lass\s*[:：]\s*)"
            r"((?:[A-Za-z]{0,4}[-]?|[高初]?[一二三])[(（]?\d[\w()（）-]*)"
        ),
        NUMBER,
    ),
    (
        re.compile(
            r"((?:家庭住址|家庭地址|通讯地址|通信地址|联系地址|住\s?址|地\s?址)"
            r"[ \t]{0,3}(?:[:：]|是|为)[ \t]{0,3})"
            r"([^\n，。；;！!？?]{2,60})"
        ),
        ADDRESS,
    ),
    (
        re.compile(r"(\b(?i:home address|address)[ \t]{0,3}[:：][ \t]{0,3})([^\n;。]{4,80})"),
        ADDRESS,
    ),
    (
        re.compile(
            r"((?:家住在?|我住在?|住在)[ \t]{0,3})"
            r"([^\s，。；;！!？?]{0,24}(?:省|市|区|县|镇|街道|路|街|巷|弄|胡同|小区|花园|公寓|号楼|号|栋|单元|室)"
            r"(?:[\w-]{0,16}(?:号楼?|栋|幢|单元|室|楼))?)"
        ),
        ADDRESS,
    ),
    (
        re.compile(
            r"((?:姓\s*名|考生|学生|签\s?名|作者)(?:姓名)?\s*(?:[:：]|是|叫)\s*"
            r"|\b(?i:(?:full |student )?name|student|candidate|signed|signature|author)\s*[:：]\s*)"
            rf"([㐀-鿿·]{{2,8}}|{_LATIN_NAME})"
        ),
        NAME,
    ),
    (
        re.compile(
            r"(我(?:的名字)?(?:名字)?(?:叫做?|名叫|是)|本人(?:叫|名叫)?|我的名字[叫是])"
            rf"({_NO_NAME}{_SURNAME}[㐀-鿿]{{1,2}}(?![㐀-鿿])|{_NO_NAME}{_SURNAME}[㐀-鿿]{{2}}|{_LATIN_NAME})"
        ),
        NAME,
    ),
    (
        re.compile(rf"(\b(?i:my name(?: is|'s|’s)|i am called|call me)[ \t]+)({_LATIN_NAME})"),
        NAME,
    ),
    # 父亲：王建国 and 妈妈叫李红: whatever stands there.
    # Without a sign only what looks like a name.
    (
        re.compile(
            rf"({_RELATIVE}(?:的?(?:名字|姓名))?[ \t]{{0,3}}"
            r"(?:[:：(（]|名叫|叫做?|姓名)[ \t]{0,3})"
            rf"({_NO_NAME}{_SURNAME}[㐀-鿿]{{1,2}}|[㐀-鿿·]{{2,4}}(?![㐀-鿿])|{_LATIN_NAME})"
        ),
        NAME,
    ),
    (
        re.compile(
            rf"({_RELATIVE}(?:是)?[ \t]{{0,3}})({_NO_NAME}{_SURNAME}[㐀-鿿]{{1,2}})"
            r"(?=$|[^㐀-鿿]|的|和|与|在|说|老师|先生|女士|电话|手机|是|今年)"
        ),
        NAME,
    ),
    (
        re.compile(
            rf"(\b(?i:my|his|her|our)[ \t]+{_RELATIVE_EN}(?i:'s name is|[ \t]is (?:called|named)"
            r"|[ \t](?:named|called|is)|[ \t]?[,:(])?[ \t]*)"
            rf"((?!I\b){_LATIN_NAME})"
        ),
        NAME,
    ),
    (
        re.compile(rf"(\b{_RELATIVE_EN}(?:'s name)?[ \t]{{0,3}}[:：][ \t]{{0,3}})({_LATIN_NAME})"),
        NAME,
    ),
)
#: Places that name a door: a road or estate with a number.
_PLACES = re.compile(
    r"(?:[㐀-鿿]{2,9}(?:省|自治区|市|区|县|镇|乡))*+[㐀-鿿]{1,8}?(?:大道|大街|街道|路|街|巷|弄|胡同|小区|花园|新村|公寓"
    r"|家园|大厦|社区)[ \t]?"
    r"(?:第?[\dA-Z一二三四五六七八九十]{1,5}[ \t]?(?:号院|号楼|号|弄|栋|幢|座|单元|室|楼|层)"
    r"[ \t]?-?){1,6}(?:\d{2,4}室?)?"
    r"|(?:\b(?i:room|flat|apt\.?|apartment|unit)[ \t]\w{1,6},?[ \t]{1,2})?"
    r"\b(?:[Nn][Oo]\.?[ \t]?)?\d{1,5}[a-z]?,?"
    r"(?:[ \t][A-Z][\w'.-]{0,20}){1,4}[ \t]"
    r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|boulevard|blvd"
    r"|court|crescent|terrace|close)\b\.?"
)


def half_width(text: str) -> str:
    """``text`` with digits, Latin letters and ``@ + - .`` in half width; as long as before."""
    return text.translate(_HALF_WIDTH)


def without_forms(text: str) -> str:
    """``text`` with a placeholder for everything that has the form of personal data."""
    for form, placeholder in _FORMS:
        text = form.sub(placeholder, text)
    for form, placeholder in _LABELLED:
        text = form.sub(rf"\1{placeholder}", text)
    return _PLACES.sub(ADDRESS, text)


def spaced(number: str) -> str:
    """An expression for ``number`` however its digits are parted."""
    return "".join(_steps(number))


def _steps(number: str) -> Iterator[str]:
    for is_gap, run in groupby(number, key=lambda c: bool(re.match(_GAP, c))):
        if is_gap:
            yield rf"{_GAP}{{0,3}}"
        else:
            yield rf"{_GAP}?".join(re.escape(c) for c in run)
