"""Drawings, parsed."""

from xml.etree import ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ET.Element:
    """The root of a drawing that may stand anywhere."""
    root = ET.fromstring(svg)  # noqa: S314 - the text is what our own code drew
    assert root.tag == f"{SVG}svg"
    # Ids would collide when the same drawing stands in a page twice.
    assert not [node for node in root.iter() if "id" in node.attrib]
    return root
