"""The two kinds of failure, and what each code tells a person to do."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """Languages that people are addressed in."""

    ZH = "zh"
    EN = "en"


class FailureCode(StrEnum):
    """Stable codes of what can be wrong with an upload, and of what ended an exam."""

    EMPTY_FILE = "empty_file"
    UNSUPPORTED_MEDIA = "unsupported_media"
    OFFICE_DOCUMENT = "office_document"
    BROKEN_IMAGE = "broken_image"
    BROKEN_PDF = "broken_pdf"
    ENCRYPTED_PDF = "encrypted_pdf"
    TOO_MANY_FILES = "too_many_files"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MUCH_TEXT = "too_much_text"
    FILE_TOO_LARGE = "file_too_large"
    NO_QUESTIONS_FOUND = "no_questions_found"
    NO_TEXT_FOUND = "no_text_found"
    NO_TOPIC_FOUND = "no_topic_found"
    NO_PRACTICE_ITEMS = "no_practice_items"
    UNREADABLE_PAGE = "unreadable_page"
    CRASHED_WORKER = "crashed_worker"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    RECEIVER_REFUSED = "receiver_refused"


@dataclass(frozen=True, slots=True)
class Advice:
    """What a person reads about a failure: one sentence of what happened, one of what to do."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """The sentence pair in ``language``."""
        return self.zh if language is Language.ZH else self.en


ADVICE: dict[FailureCode, Advice] = {
    FailureCode.EMPTY_FILE: Advice(
        "上传的文件是空的。请重新选择文件后再提交。",
        "An uploaded file is empty. Choose the file again and submit it once more.",
    ),
    FailureCode.UNSUPPORTED_MEDIA: Advice(
        "文件内容不是图片或 PDF。请转换为 PDF、JPEG 或 PNG 后再上传。",
        "A file's content is neither a picture nor PDF. Convert it to PDF, JPEG or PNG and upload "
        "it again.",
    ),
    FailureCode.OFFICE_DOCUMENT: Advice(
        "文件是 Word、WPS 之类的文档，不能直接读取。请打开它，导出为 PDF 后再上传。",
        "A file is a document of Word, WPS or the like, which cannot be read as it is. Open it, "
        "export it as PDF and upload that.",
    ),
    FailureCode.BROKEN_IMAGE: Advice(
        "图片已损坏或不完整。请重新扫描或拍照后上传。",
        "An image is damaged or incomplete. Scan or photograph the page again and upload it.",
    ),
    FailureCode.BROKEN_PDF: Advice(
        "PDF 已损坏，无法打开。请重新导出后上传。",
        "A PDF is damaged and cannot be opened. Export it again and upload the new file.",
    ),
    FailureCode.ENCRYPTED_PDF: Advice(
        "PDF 设有密码。请取消密码后上传。",
        "A PDF is protected by a password. Remove the password and upload it again.",
    ),
    FailureCode.TOO_MANY_FILES: Advice(
        "文件数量超过上限。请分成几次提交，或合并为一个 PDF。",
        "There are more files than one exam may have. Submit fewer, or join them into one PDF.",
    ),
    FailureCode.TOO_MANY_PAGES: Advice(
        "页数超过一份试卷的上限。请只上传这名学生的试卷页。",
        "There are more pages than one exam may have. Upload only this student's pages.",
    ),
    FailureCode.TOO_MANY_PIXELS: Advice(
        "图片的像素尺寸超过上限。请以 300 dpi 或更低的分辨率重新扫描。",
        "A page has more pixels than allowed. Scan it again at 300 dpi or less.",
    ),
    FailureCode.TOO_MUCH_TEXT: Advice(
        "有一页的文字远多于一页试卷。请确认上传的是试卷，或将该页拍照、扫描后上传。",
        "A page holds far more text than a page of an exam. Check that it is one; if it is, upload "
        "it as a scan or a photo.",
    ),
    FailureCode.FILE_TOO_LARGE: Advice(
        "文件超过允许的大小。请压缩或降低分辨率后上传。",
        "A file is larger than allowed. Compress it or lower its resolution and upload it again.",
    ),
    FailureCode.NO_QUESTIONS_FOUND: Advice(
        "没有在试卷中找到题目。请检查上传的是否为试卷，以及图片是否清晰。",
        "No questions were found. Check that the upload is an exam paper and that it is legible.",
    ),
    FailureCode.NO_TEXT_FOUND: Advice(
        "文件中没有可以读取的文字。请上传文本文件，或带有文字层的 PDF。",
        "The file holds no text that can be read. Upload plain text, or a PDF with text.",
    ),
    FailureCode.NO_TOPIC_FOUND: Advice(
        "没有找到可以练习的知识点。请指定科目，或上传内容更明确的讲义。",
        "No knowledge point to practise was found. Name the subject, or upload a lecture that "
        "speaks of its topics more clearly.",
    ),
    FailureCode.NO_PRACTICE_ITEMS: Advice(
        "题库中没有这些知识点的题目。请先用 examlens bank import 导入题目。",
        "There are no items for these knowledge points. Import some with `examlens bank import`.",
    ),
    FailureCode.UNREADABLE_PAGE: Advice(
        "有一页无法读取。请重新扫描该页后提交。",
        "A page could not be read. Scan that page again and submit it once more.",
    ),
    FailureCode.CRASHED_WORKER: Advice(
        "处理这份试卷时程序多次中断。请换用新的扫描件；若仍失败，请联系管理员。",
        "Processing this exam ended its process repeatedly. Try a new scan; tell an operator if it "
        "fails again.",
    ),
    FailureCode.ATTEMPTS_EXHAUSTED: Advice(
        "多次尝试后仍未成功。请稍后重试；若仍失败，请联系管理员。",
        "The work failed after several attempts. Retry later; tell an operator if it fails again.",
    ),
    FailureCode.RECEIVER_REFUSED: Advice(
        "回调地址拒绝接收通知，或不允许访问。请检查回调地址后重新发送。",
        "The callback address refuses announcements, or must not be called. Check the address and "
        "deliver again.",
    ),
}


class PermanentFailure(Exception):
    """The input is bad, and no retry mends that. The code says in which way.

    Everything else that a stage raises is transient and is retried.
    """

    def __init__(self, code: FailureCode, *, page: int | None = None) -> None:
        super().__init__(code.value)
        self.code = code
        self.page = page
