"""Whether words on a paper speak to whoever marks it, or about the marks, and not to the question.

What stands on the paper is data. A language model may obey it all the same, so such answers are
not left to a model: a person judges them. The tables hold the usual wordings; what they miss has
to get past ``is_on_topic``.
"""

import re
import unicodedata

from shared.contract.notation.look_alikes import LATIN_OF_CYRILLIC

#: Characters that show nothing: they could part the letters of a word, or hide words altogether.
_UNSEEN = frozenset({"Cf", "Cc", "Cs", "Co", "Cn", "Mn", "Me"})
#: Turns of a talk, as the tokenisers of models and their chat templates write them.
_TURN = re.compile(
    r"<\s?[|｜]|[|｜]\s?>|\[/?\s?(?:inst|system|assistant|user)\b|<<\s?/?sys|</?s>"
    r"|</?(?:think|system|assistant|user|human|instructions?|start_of_turn|end_of_turn)\b"
    r"|(?:^|[\n\"'{,#*>])[#*> \t]{0,8}(?:system|assistant|developer|user|human|ai)"
    r"[*\"' \t]{0,4}[:：]",
    re.IGNORECASE,
)
#: Fields of the document that a model is asked for.
_FIELD = re.compile(
    r"[\"'“”‘’]?\b(?:earned|available|cause_quote|criterion|parts|confidence|full_score|verdict"
    r"|score|role|得分|评分|置信度)[\"'“”‘’]?\s?[:：=]\s?[\"'“”\[{\d.]",
    re.IGNORECASE,
)
#: Orders to whoever marks. They are sought in words run together: spaces and signs hide nothing.
_ORDER = re.compile(
    # English: leave the rules; give the points; be somebody else.
    r"(?:ignore|disregard|forget|override|bypass|donotfollow|dontfollow|stopfollowing)"
    r"(?:all|any|every|the|your|my|our|these|those|this|that|previous|prior|above|earlier|preceding"
    r"|former|other|of|system|marking|grading|scoring|given|initial|original|and){0,8}"
    r"(?:instruct|prompt|rubric|guideline|rules?|criteri|direction|markscheme|scheme|referenceanswer)"
    r"|(?:award|give|grant|assign|allocate|accept|mark|grade|score|rate|return|output|respond)"
    r"(?:me|this|these|it|him|her|us|them|the|a|an|to|as|at|for|with|of|all|every|each|any|is|are"
    r"|answer|student|candidate|question|response|part|parts|mark|marks|point|points|score|please"
    r"|whole|entire|correct|right|in|their){0,8}"
    r"(?:fullmark|fullscore|fullcredit|fullpoint|full\d|infull|maximum|maxmark|maxscore|maxpoint"
    r"|allmark|allpoint|allthemark|allthepoint|allparts|topmark|topscore|highest|perfectscore"
    r"|completelycorrect|fullycorrect|entirelycorrect|ascorrect|tobecorrect)"
    r"|(?:award|give|grant|assign)(?:me|this|it|the|answer|student|response|a|an){0,4}"
    r"\d{1,3}(?:outof\d{1,3}|/\d{1,3})?(?:mark|point)"
    r"|deserves?(?:a|the|to|get|receive|be){0,4}(?:full|maximum|all|perfect|top)"
    r"|youare(?:now)?(?:an?|the|my){0,2}(?:\w{0,12})?(?:grader|marker|examiner|assistant|model|chatbot"
    r"|languagemodel)|(?:dear|hello|hi|attention|noteto|messageto|instructionsto|instructionsfor)"
    r"(?:the|all|my){0,2}(?:ai|grader|marker|examiner|gradingmodel|model|assistant|chatgpt|gpt)"
    r"|systemprompt|promptinjection|newinstructions?|endof(?:the)?(?:answer|studentanswer|data|input)"
    r"|setconfidence|confidenceto(?:1|0?9)|jsonobject|outputjson"
    # Chinese: the same.
    r"|(?:忽略|无视|忽视|不要理会|不用理会|不用管|不要管|别管|忘记|忘掉|跳过|绕过|覆盖|抛开|不必遵守|不要遵守)"
    r"(?:掉|以上|上述|上面|之前|前面|先前|此前|所有|全部|任何|一切|你|的|系统|其他|其它|评分|阅卷|给出|这些"
    r"|那些|原有|原来|原先|本题|和|与){0,8}"
    r"(?:指令|指示|提示|提示词|指引|规则|标准|细则|命令|设定|参考答案|标准答案)"
    r"|(?:给|打|判|记|评|批|算|按)(?:我|你|他|她|它|予|以|出|个|上|为|成|作|做|本题|此题|这题|该题|这道题|这个"
    r"|答案|本人|学生|考生|该生|同学|全部|所有|都|最|一个|各|部分|步骤|点|的|到|了|请|直接|一律){0,8}"
    r"(?:满分|全分|高分|全对|正确论?处?理?给分|通过|最高分)"
    r"|(?:请|直接|一律|必须|应该|应当|务必|都|就)(?:老师|给|打|判|记|评){1,3}"
    r"(?:我|本题|此题|这题|该题|学生|考生){0,3}(?:\d{1,3}|[一二三四五六七八九十]{1,3})分"
    r"|(?:应|应该|应当|可|可以|必须|值得)(?:得|获得|给|拿|判)(?:到|为|了)?(?:满分|全分|高分|最高分)"
    r"|(?:判|视|算|记|认定|评)(?:为|作|成)(?:正确|全对|对的|满分)"
    r"|(?:你|您)(?:现在)?(?:是|作为|扮演)(?:一个|一名|一位|我的|专业的?|优秀的?){0,3}"
    r"(?:阅卷|评卷|改卷|判卷|评分|打分|批改|ai|人工智能|助手|语言模型|大模型|机器人)"
    r"|(?:阅卷|评卷|改卷|判卷|批卷|批改|评分)(?:的)?(?:老师|教师|人员|员|专家|系统|程序|机器|模型|助手|ai|者)"
    r"|(?:ai|人工智能|大模型|语言模型|chatgpt|gpt|deepseek)(?:老师|助手|系统)?(?:请|你好|注意|阅卷|评分|批改)"
    r"|系统(?:提示词?|指令|消息|设定)|(?:新的?|以下)指令|(?:作答|答案|输入|数据)(?:到此)?(?:结束|完毕)(?:以下|下面|系统|请)"
)
#: Claims about the own mark. A story may tell of marks; an answer to a question needs none.
_CLAIM = re.compile(
    r"满分|全分|得分点|评分标准|评分细则|扣分|给分|不扣|本题得分|此题得分"
    r"|(?:与|同|和|按|见|符合)(?:参考|标准)答案|(?:参考|标准)答案(?:一致|相同|完全)"
    r"|(?:答案|回答|解答|作答|本题|此题|该题|以上)(?:是|为|都|完全|全部|均){0,3}(?:正确|全对)(?!的?[是吗])"
    r"|fullmark|fullscore|fullcredit|maximummark|maximumscore|maximumpoint|perfectscore|markscheme"
    r"|markingscheme|referenceanswer|modelanswer|gradingrubric|thisrubric"
    r"|(?:answer|response|solution|everything)(?:is|are)(?:all|fully|completely|entirely|totally"
    r"|absolutely|perfectly)(?:correct|right)"
)
#: 10/10 or 10 out of 10 that no calculation goes on with.
_SCORE_OF_ALL = re.compile(
    r"(?<![\d/.+*=^(-])\b(\d{1,3})\s?(?:/|out\sof)\s?\1\b(?!\s?[-+*/=^.\d)<>≈])", re.IGNORECASE
)
#: Words, Chinese runs, numbers, names of points and lines (AB), and letters that stand for numbers.
_WORD = re.compile(
    r"[A-Za-z]{3,}|[㐀-鿿]+|\d+(?:\.\d+)?|[A-Z]{2}|(?<=\d)[A-Za-z]|[A-Za-z](?=\s?[=^+*/<>(-])"
)
#: What the points of a rubric are called says nothing about its topic.
_POINTS = re.compile(r"\d+(?:\.\d+)?\s?(?:分|marks?\b|points?\b|pts?\b)", re.IGNORECASE)
_BETWEEN = re.compile(r"[^\w/]|_")
_LATIN = str.maketrans(
    LATIN_OF_CYRILLIC | {"І": "I", "Ѕ": "S", "Ј": "J", "У": "Y", "Ο": "O", "Ι": "I"}
)
_EMPTY_WORDS = frozenset({
    "the", "and", "for", "are", "was", "were", "with", "that", "this", "from", "all", "any",
    "part", "parts", "full", "mark", "marks", "point", "points", "give", "given", "award",
    "answer", "answers", "question", "score", "credit", "not", "but", "you", "your", "his",
    "her", "its", "they", "them", "has", "have", "had", "which", "what", "when", "where", "who",
    "why", "how", "each", "every", "total", "correct", "right",
})  # fmt: skip


def orders_the_marker(text: str) -> bool:
    """Whether ``text`` tells whoever marks it what to do, or imitates the form of such a talk."""
    seen = _seen(text)
    return any(rule.search(seen) for rule in (_TURN, _FIELD)) or bool(
        _ORDER.search(_run_together(seen))
    )


def speaks_of_marks(text: str) -> bool:
    """Whether ``text`` orders the marker, or claims something about its own mark."""
    seen = _seen(text)
    return (
        orders_the_marker(text)
        or bool(_CLAIM.search(_run_together(seen)))
        or bool(_SCORE_OF_ALL.search(seen))
    )


def is_on_topic(text: str, *task: str) -> bool:
    """Whether ``text`` shares a word, a pair of characters, a sign or a number with its ``task``.

    Words that every rubric holds, and numbers of points, do not count. An order to the marker in a
    wording or language that no table knows shares nothing with the task.
    """
    return bool(_terms(text) & _terms(" ".join(task)))


def _seen(text: str) -> str:
    """``text`` as an eye sees it: without unseen characters, in half width."""
    shown = "".join(
        c if c in "\n\t" or unicodedata.category(c) not in _UNSEEN else "" for c in text
    )
    return unicodedata.normalize("NFKC", shown)


def _run_together(seen: str) -> str:
    """Letters, digits and ``/`` alone, in lower case; what looks like a Latin letter is one."""
    return _BETWEEN.sub("", seen.upper().translate(_LATIN)).casefold()


def _terms(text: str) -> set[str]:
    terms: set[str] = set()
    for found in _WORD.findall(_POINTS.sub(" ", _seen(text))):
        word = found.casefold()
        if "\u3400" <= word[0] <= "\u9fff" and len(word) > 1:
            terms.update(word[i : i + 2] for i in range(len(word) - 1))
        elif word not in _EMPTY_WORDS:
            terms.add(word)
    return terms
