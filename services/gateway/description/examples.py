"""Examples of long answers in the API's description."""

from typing import Any

_EXAM = "0b9d1c1e-5a0f-4c55-9d3e-1f7f2f1f4a10"
_POINT = {"id": "maths/rational", "name": "有理数", "path": ["数与代数", "有理数"]}

#: What GET /papers/{id}/class answers.
CLASS_EXAMPLE: dict[str, Any] = {
    "paper_id": "6e0c6a9e-4f0e-4bb5-8f6c-6a4a0c9f5d21",
    "title": "七年级数学期中",
    "subject": "数学",
    "grade": "七年级",
    "is_current": True,
    "computed_at": "2026-05-20T08:15:30Z",
    "stale_exams": 0,
    "report": {
        "students": [
            {
                "exam_id": _EXAM,
                "student_ref": "s-017",
                "earned": 52.0,
                "full": 100.0,
                "rate": 0.52,
                "ungraded": 0,
                "shares": {"一.1": 1.0, "一.2": 0.0},
            }
        ],
        "distribution": {
            "students": 1,
            "mean": 0.52,
            "median": 0.52,
            "deviation": 0.0,
            "bands": [0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
        },
        "items": [
            {
                "address": "一.1",
                "type": "single_choice",
                "full_score": 3.0,
                "knowledge_points": ["有理数"],
                "graded": 1,
                "score_rate": 1.0,
                "difficulty": None,
                "discrimination": None,
                "answers": [],
                "fitted": None,
            }
        ],
        "points": [
            {
                "knowledge_point": _POINT,
                "mean_mastery": 0.58,
                "levels": {"insufficient_evidence": 1},
                "students": [{"exam_id": _EXAM, "mastery": 0.58, "level": "insufficient_evidence"}],
            }
        ],
        "most_missed": ["一.2"],
        "at_risk": [{"exam_id": _EXAM, "student_ref": "s-017", "rate": 0.52, "weak_points": []}],
        "is_refitted": False,
        "left_out": 0,
    },
}
