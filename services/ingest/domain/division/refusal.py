"""What ends a division: the class's file, its roster or one student's file is not as it must be."""

from shared.contract.api.problem_codes import ProblemCode


class Refused(Exception):
    """The batch cannot be divided; ``code`` says why, ``extensions`` where and by how much."""

    def __init__(self, code: ProblemCode, **extensions: int) -> None:
        super().__init__(code)
        self.code, self.extensions = code, extensions
