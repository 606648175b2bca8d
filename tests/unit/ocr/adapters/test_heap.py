"""The C heap is told to give large blocks back where it can be told."""

import platform

from services.ocr.adapters.heap import return_large_blocks


def test_glibc_takes_the_threshold_and_others_are_left_alone() -> None:
    assert return_large_blocks() is (platform.libc_ver()[0] == "glibc")
