"""Every problem that the gateway can answer with: status, title, and what to do about it."""

from dataclasses import dataclass
from http import HTTPStatus

from shared.contract.api.problem_codes import ProblemCode
from shared.contract.failures import ADVICE, Advice, FailureCode


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem. Texts are fixed, so that no answer ever repeats what was sent."""

    status: HTTPStatus
    title: Advice
    detail: Advice


def _kind(status: int, zh: str, en: str, zh_detail: str, en_detail: str) -> ProblemKind:
    return ProblemKind(HTTPStatus(status), Advice(zh, en), Advice(zh_detail, en_detail))


#: Titles of the failures that the gateway finds itself; their advice is the contract's.
_UPLOAD_TITLES: dict[FailureCode, tuple[int, str, str]] = {
    FailureCode.EMPTY_FILE: (422, "文件为空", "Empty file"),
    FailureCode.UNSUPPORTED_MEDIA: (415, "不支持的文件类型", "Unsupported file type"),
    FailureCode.OFFICE_DOCUMENT: (415, "请先导出为 PDF", "Export it as PDF first"),
    FailureCode.TOO_MANY_FILES: (422, "文件过多", "Too many files"),
    FailureCode.FILE_TOO_LARGE: (413, "文件过大", "File too large"),
    FailureCode.BROKEN_PDF: (422, "PDF 已损坏", "Broken PDF"),
    FailureCode.ENCRYPTED_PDF: (422, "PDF 已加密", "Encrypted PDF"),
}

KINDS: dict[ProblemCode, ProblemKind] = {
    ProblemCode.BAD_REQUEST: _kind(
        400,
        "请求有误",
        "Bad request",
        "无法理解该请求。请对照接口文档检查。",
        "The request could not be understood. Compare it with the API's description.",
    ),
    ProblemCode.MALFORMED_FORM: _kind(
        400,
        "表单格式错误",
        "Malformed form",
        "multipart 表单无法解析。请用标准的表单编码重新发送。",
        "The multipart form could not be parsed. Send it again with a standard form encoder.",
    ),
    ProblemCode.INVALID_CURSOR: _kind(
        400,
        "游标无效",
        "Invalid cursor",
        "请使用上一页 Link 或 next 中给出的游标，或从第一页开始。",
        "Use the cursor from the previous page's Link or next, or start from the first page.",
    ),
    ProblemCode.INVALID_IDEMPOTENCY_KEY: _kind(
        400,
        "幂等键无效",
        "Invalid idempotency key",
        "Idempotency-Key 应为 1 到 255 个可见 ASCII 字符，且只出现一次。",
        "Send one Idempotency-Key of 1 to 255 visible ASCII characters.",
    ),
    ProblemCode.UNAUTHENTICATED: _kind(
        401,
        "未认证",
        "Not authenticated",
        "请在 Authorization 头中提供有效的密钥：Bearer exl_…。",
        "Send a valid key in the Authorization header: Bearer exl_….",
    ),
    ProblemCode.MISSING_SCOPE: _kind(
        403,
        "权限不足",
        "Not allowed",
        "该密钥没有此操作所需的权限。请使用具有 scope 字段所示权限的密钥。",
        "This key lacks the scope named here. Use a key that has it.",
    ),
    ProblemCode.FORGED_REQUEST: _kind(
        403,
        "请求来源无法确认",
        "Where this came from is not certain",
        "这个请求没有带上本站页面的令牌。请刷新页面后再试；程序请使用 API 密钥。",
        "The request lacks the token of this site's own pages. Reload the page and try again; "
        "programs send an API key instead.",
    ),
    ProblemCode.NOT_FOUND: _kind(
        404,
        "未找到",
        "Not found",
        "此处没有内容。请检查地址和编号。",
        "There is nothing here. Check the address and the id.",
    ),
    ProblemCode.METHOD_NOT_ALLOWED: _kind(
        405,
        "方法不允许",
        "Method not allowed",
        "该地址不支持此方法。可用的方法见 Allow 头。",
        "This address does not take that method. The Allow header lists those it takes.",
    ),
    ProblemCode.REQUEST_TIMEOUT: _kind(
        408,
        "请求超时",
        "Request timeout",
        "请求内容传输过慢。请检查网络后重新发送。",
        "The request's body arrived too slowly. Check the connection and send it again.",
    ),
    ProblemCode.CONFLICT: _kind(
        409,
        "状态冲突",
        "Conflict",
        "当前状态不允许此操作。请先查询状态。",
        "The present state does not allow this. Look at the status first.",
    ),
    ProblemCode.IDEMPOTENCY_IN_PROGRESS: _kind(
        409,
        "同一请求正在处理",
        "The same request is being served",
        "使用同一 Idempotency-Key 的请求尚未完成。请按 Retry-After 所示时间后重试。",
        "A request with this Idempotency-Key is not finished. Try again after Retry-After.",
    ),
    ProblemCode.NOT_FINISHED: _kind(
        409,
        "尚未完成",
        "Not finished",
        "结果尚未生成。请稍后再试，或用 status?until=ended&wait= 等待。",
        "There is no result yet. Try again later, or wait with status?until=ended&wait=.",
    ),
    ProblemCode.PRACTICE_NOT_READY: _kind(
        409,
        "练习卷尚未完成",
        "The practice paper is not ready",
        "练习卷正在生成。请按 Retry-After 所示时间后重试。",
        "The practice paper is being made. Try again after the time in Retry-After.",
    ),
    ProblemCode.PRACTICE_FAILED: _kind(
        409,
        "练习卷生成失败",
        "The practice paper could not be made",
        "无法生成练习卷，原因见 error_code 和 error_message。",
        "The practice paper could not be made; error_code and error_message say why.",
    ),
    ProblemCode.PRACTICE_CANCELLED: _kind(
        409,
        "练习卷已取消",
        "The practice paper was cancelled",
        "该练习卷的制作已被取消。需要时请重试该订单。",
        "The order was cancelled. Retry it if the practice paper is wanted after all.",
    ),
    ProblemCode.EXAM_ENDED: _kind(
        409,
        "考卷处理已结束",
        "The exam has ended",
        "这份试卷未能生成结果，原因见 error_code。可以用 retry 重新处理。",
        "This exam ended without a result; error_code says why. It can be run again with retry.",
    ),
    ProblemCode.EXAM_IS_DUPLICATE: _kind(
        409,
        "重复的考卷",
        "The exam is a duplicate",
        "这份试卷与 duplicate.of 所指的试卷相同，请查看那一份的结果。"
        "若确为不同试卷，请加 force=true 重新提交。",
        "This exam is the same as the one in duplicate.of: ask for that one's result. If they do "
        "differ, submit it again with force=true.",
    ),
    ProblemCode.NOT_CORRECTABLE: _kind(
        409,
        "现在不能更正",
        "Cannot be corrected now",
        "试卷尚在识别中，或从未识别完成。请等待识别完成后再更正。",
        "The paper is being read, or was never read to its end. Correct it once it has been read.",
    ),
    ProblemCode.NOT_RETRYABLE: _kind(
        409,
        "不能重试",
        "Cannot be retried",
        "只有失败或已取消的试卷可以重试。",
        "Only a failed or cancelled exam can be retried.",
    ),
    ProblemCode.ERASED: _kind(
        409,
        "内容已删除",
        "Erased",
        "这份试卷在取消时已按要求删除全部内容。请重新提交。",
        "This exam's content was erased when it was cancelled. Submit it again.",
    ),
    ProblemCode.STAGE_NOT_REACHED: _kind(
        409,
        "尚未到达该步骤",
        "Stage not reached",
        "该步骤之前的工作尚未完成。请从更早的步骤重试，或不指定步骤。",
        "What this stage needs was never finished. Retry from an earlier stage, or name none.",
    ),
    ProblemCode.DEAD_LETTER_RESOLVED: _kind(
        409,
        "死信已处理",
        "Already resolved",
        "这条死信已被处理，或该试卷已开始新的运行。",
        "This dead letter was resolved before, or its exam has begun another run.",
    ),
    ProblemCode.PRECONDITION_FAILED: _kind(
        412,
        "前提条件不满足",
        "Precondition failed",
        "数据已被更改。请重新读取后再提交。",
        "It was changed in the meantime. Read it again, then send your change.",
    ),
    ProblemCode.PRECONDITION_REQUIRED: _kind(
        428,
        "缺少前提条件",
        "Precondition required",
        "请在 If-Match 头中提供所读版本的 ETag。",
        "Send the ETag of the version you read in the If-Match header.",
    ),
    ProblemCode.BODY_TOO_LARGE: _kind(
        413,
        "请求过大",
        "Request too large",
        "请求内容超过上限，见 GET /limits。",
        "The request's body exceeds the limit; see GET /limits.",
    ),
    ProblemCode.UNSUPPORTED_CONTENT_TYPE: _kind(
        415,
        "不支持的内容类型",
        "Unsupported content type",
        "该地址不接受此 Content-Type。请使用接口文档中列出的类型。",
        "This address does not take that Content-Type. Use one that the API's description lists.",
    ),
    ProblemCode.UNSUPPORTED_BATCH: _kind(
        415,
        "不支持的批次文件",
        "Unsupported batch file",
        "请上传一个 zip 文件，或一个每名学生页数固定的 PDF。",
        "Upload one zip file, or one PDF with the same number of pages for every student.",
    ),
    ProblemCode.RANGE_NOT_SATISFIABLE: _kind(
        416,
        "范围无效",
        "Range not satisfiable",
        "请求的字节范围超出文件长度，见 Content-Range 头。",
        "The byte range lies outside the file; the Content-Range header gives its length.",
    ),
    ProblemCode.INVALID_REQUEST: _kind(
        422,
        "内容无效",
        "Invalid content",
        "部分字段无效，见 errors。请修改后重新发送。",
        "Some fields are invalid; errors lists them. Correct them and send the request again.",
    ),
    ProblemCode.IDEMPOTENCY_MISMATCH: _kind(
        422,
        "幂等键已用于其他请求",
        "Idempotency key used otherwise",
        "该 Idempotency-Key 已用于内容不同的请求。请为新的请求使用新的键。",
        "This Idempotency-Key was used for a different request. Use a new key for a new request.",
    ),
    ProblemCode.DUPLICATE_QUESTIONS: _kind(
        422,
        "题号重复",
        "Duplicate question numbers",
        "答案中同一部分的题号重复，见 questions。请修改后重新发送。",
        "The answer key has the same number twice in a section; questions lists them. Correct it "
        "and send it again.",
    ),
    ProblemCode.TOO_MANY_QUESTIONS: _kind(
        422,
        "题目过多",
        "Too many questions",
        "答案中的题目超过一份试卷的上限，见 max_questions。请检查文件，或分成几份试卷。",
        "The answer key has more questions than a paper may have; max_questions says how many. "
        "Check the file, or divide it into several papers.",
    ),
    ProblemCode.UNKNOWN_PAPER: _kind(
        409,
        "试卷不存在",
        "Unknown paper",
        "paper_id 对应的试卷不存在。请先用 POST /papers 上传答案。",
        "There is no paper with this paper_id. Post its answer key to /papers first.",
    ),
    ProblemCode.MISSING_FILES: _kind(
        422,
        "没有文件",
        "No files",
        "请在 files 字段中上传至少一个图片或 PDF 文件。",
        "Upload at least one picture or PDF in the field files.",
    ),
    ProblemCode.BROKEN_ARCHIVE: _kind(
        422,
        "压缩包已损坏",
        "Broken archive",
        "无法解压该 zip 文件。请用常见的压缩方式重新打包，不要包含链接。",
        "The zip file cannot be unpacked. Pack it again with an ordinary method and without links.",
    ),
    ProblemCode.ENCRYPTED_ARCHIVE: _kind(
        422,
        "压缩包已加密",
        "Encrypted archive",
        "压缩包设有密码。请取消密码后重新打包。",
        "The zip file is protected by a password. Pack it again without one.",
    ),
    ProblemCode.EMPTY_ARCHIVE: _kind(
        422,
        "压缩包为空",
        "Empty archive",
        "压缩包中没有文件。请重新打包后上传。",
        "The zip file holds no files. Pack it again and upload it.",
    ),
    ProblemCode.ARCHIVE_TOO_LARGE: _kind(
        413,
        "解压后过大",
        "Archive too large",
        "解压后的内容超过上限，见 GET /limits。请分成几批提交。",
        "Unpacked, this exceeds the limit; see GET /limits. Submit it as several batches.",
    ),
    ProblemCode.TOO_MANY_STUDENTS: _kind(
        422,
        "学生人数过多",
        "Too many students",
        "学生人数超过一批的上限 max_students。请分成几批提交。",
        "There are more students than one batch may have; see max_students. Submit several.",
    ),
    ProblemCode.PAGES_DO_NOT_DIVIDE: _kind(
        422,
        "页数不能整除",
        "Pages do not divide",
        "总页数 pages 不是每人页数 pages_per_student 的整数倍。请检查是否漏扫或多扫。",
        "The number of pages is no multiple of pages_per_student. Look for a page that is missing "
        "or was scanned twice.",
    ),
    ProblemCode.ROSTER_MISMATCH: _kind(
        422,
        "名单不符",
        "Roster does not match",
        "名单必须与试卷一一对应：每名学生一行，文件名与压缩包一致且不重复。",
        "The roster must match the papers one to one: a row for each student, and file names, if "
        "any, that are those of the archive.",
    ),
    ProblemCode.RATE_LIMITED: _kind(
        429,
        "请求过于频繁",
        "Too many requests",
        "该密钥的请求已超过限额。请按 Retry-After 所示时间后重试。",
        "This key has used up its quota. Try again after the time in Retry-After.",
    ),
    ProblemCode.INTERNAL: _kind(
        500,
        "内部错误",
        "Internal error",
        "服务器出错。请稍后重试；若仍失败，请把 trace_id 告知管理员。",
        "Something went wrong here. Try again later; tell an operator the trace_id if it persists.",
    ),
    ProblemCode.UNAVAILABLE: _kind(
        503,
        "暂时不可用",
        "Temporarily unavailable",
        "服务暂时不可用。请按 Retry-After 所示时间后重试。",
        "The service is unavailable for the moment. Try again after the time in Retry-After.",
    ),
    ProblemCode.OVERLOADED: _kind(
        503,
        "积压过多",
        "Too much work is waiting",
        "等待处理的试卷过多，暂不接收新的试卷。请按 Retry-After 所示时间后重试。",
        "Too many exams are waiting, so no more are taken for the moment. Try again after the time "
        "in Retry-After.",
    ),
    **{
        ProblemCode(code): ProblemKind(HTTPStatus(status), Advice(zh, en), ADVICE[code])
        for code, (status, zh, en) in _UPLOAD_TITLES.items()
    },
}

#: Which kind stands for a bare HTTP status, as frameworks raise them.
KIND_OF_STATUS: dict[int, ProblemCode] = {
    400: ProblemCode.BAD_REQUEST,
    401: ProblemCode.UNAUTHENTICATED,
    403: ProblemCode.MISSING_SCOPE,
    404: ProblemCode.NOT_FOUND,
    405: ProblemCode.METHOD_NOT_ALLOWED,
    408: ProblemCode.REQUEST_TIMEOUT,
    409: ProblemCode.CONFLICT,
    412: ProblemCode.PRECONDITION_FAILED,
    413: ProblemCode.BODY_TOO_LARGE,
    415: ProblemCode.UNSUPPORTED_CONTENT_TYPE,
    416: ProblemCode.RANGE_NOT_SATISFIABLE,
    422: ProblemCode.INVALID_REQUEST,
    428: ProblemCode.PRECONDITION_REQUIRED,
    429: ProblemCode.RATE_LIMITED,
    503: ProblemCode.UNAVAILABLE,
}
