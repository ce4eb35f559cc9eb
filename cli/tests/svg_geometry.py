#!/usr/bin/python3
"""Drawings hold what they promise: svg_geometry.py CNNC SPEC...

Of each spec's SVG, read back as XML: every layer has its box and every input its line; no two boxes
overlap; no line meets a box but at its own ends; each text lies in its box; all lies on the page.
"""
import json
import subprocess
import sys
import xml.etree.ElementTree as xml

SVG = "{http://www.w3.org/2000/svg}"
PITCH = 0.602 * 11  # px: a character of DejaVu Sans Mono, the widest of the fonts that are named
SLACK = 0.11        # coordinates are rounded to a tenth


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def boxes_of(group):
    boxes = {}
    for part in group.iter(SVG + "g"):
        if "data-layer" in part.attrib:
            rect = part.find(SVG + "rect")
            x, y, w, h = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
            assert part.get("data-layer") not in boxes, "a layer has two boxes"
            boxes[part.get("data-layer")] = (x, y, x + w, y + h)
            for text in part.iter(SVG + "text"):
                end = float(text.get("x")) + PITCH * len(text.text)
                assert x < float(text.get("x")) and end < x + w, f"'{text.text}' leaves its box"
                assert y < float(text.get("y")) < y + h, f"'{text.text}' leaves its box"
    return boxes


def overlapping(boxes):
    """A sweep over the tops; boxes that are still open are compared."""
    open_boxes = []
    for name, box in sorted(boxes.items(), key=lambda item: item[1][1]):
        open_boxes = [(n, b) for n, b in open_boxes if b[3] > box[1]]
        for other, b in open_boxes:
            if b[0] < box[2] and box[0] < b[2]:
                yield name, other
        open_boxes.append((name, box))


def crossings(boxes, line, ends):
    points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
    for (x1, y1), (x2, y2) in zip(points, points[1:]):
        assert abs(x1 - x2) < SLACK or abs(y1 - y2) < SLACK, "a slanted piece"
        low_x, high_x, low_y, high_y = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
        for name, (left, top, right, bottom) in boxes.items():
            inside = (low_x < right - SLACK and high_x > left + SLACK
                      and low_y < bottom - SLACK and high_y > top + SLACK)
            if inside:
                yield name, ends
    return


def check(cnnc, spec):
    report = json.loads(run(cnnc, "check", spec, "--format", "json"))
    root = xml.fromstring(run(cnnc, "check", spec, "--format", "svg"))
    group = root.find(SVG + "g")
    boxes = boxes_of(group)
    names = {"input"} | {layer["name"] for layer in report["layers"]}
    assert set(boxes) == names, f"boxes and layers differ: {set(boxes) ^ names}"
    assert not list(overlapping(boxes)), f"boxes overlap: {list(overlapping(boxes))[:3]}"
    width, height = float(root.get("width")) - 32, float(root.get("height")) - 62
    for name, (left, top, right, bottom) in boxes.items():
        on_page = left > -SLACK and top > -SLACK and right < width + SLACK and bottom < height + SLACK
        assert on_page, f"{name} leaves the page"
    wanted = sorted((source, layer["name"]) for layer in report["layers"] for source in layer["from"])
    drawn = []
    for line in group.iter(SVG + "polyline"):
        ends = (line.get("data-from"), line.get("data-to"))
        drawn.append(ends)
        first, *_, last = (tuple(map(float, p.split(","))) for p in line.get("points").split())
        upper, lower = boxes[ends[0]], boxes[ends[1]]
        assert abs(first[1] - upper[3]) < SLACK and upper[0] < first[0] < upper[2], f"{ends}: start"
        assert abs(last[1] - lower[1]) < SLACK and lower[0] < last[0] < lower[2], f"{ends}: end"
        met = list(crossings(boxes, line, ends))
        assert not met, f"a line crosses a box: {met[:3]}"
    assert sorted(drawn) == wanted, "lines and inputs differ"
    return len(boxes), len(drawn)


def main():
    cnnc, *specs = sys.argv[1:]
    failed = 0
    for spec in specs:
        try:
            boxes, lines = check(cnnc, spec)
            assert boxes > 1 and lines > 0
        except AssertionError as error:
            failed += 1
            print(f"{spec}: {error}")
    print(f"{len(specs) - failed} passed, {failed} failed")
    return 1 if failed or not specs else 0


sys.exit(main())
