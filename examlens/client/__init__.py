"""A typed client of the REST API: ``ExamLensClient`` and ``AsyncExamLensClient``."""

from examlens.client.asynchronous import AsyncExamLensClient
from examlens.client.blocking import ExamLensClient
from examlens.client.errors import ExamLensError, GatewayUnreachable, WaitTimeout

__all__ = [
    "AsyncExamLensClient",
    "ExamLensClient",
    "ExamLensError",
    "GatewayUnreachable",
    "WaitTimeout",
]
