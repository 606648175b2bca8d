"""What a person reads about a failure: one sentence of what happened, one of what to do."""

from shared.contract.failures import FailureCode
from shared.contract.wording import Wording, wordings

ADVICE: dict[FailureCode, Wording] = {
    FailureCode(code): wording for code, wording in wordings("shared.contract", "advice").items()
}
