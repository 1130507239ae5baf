"""contours.py: mouths of people on film above the avatar's, drawn as the face mesh's lines.   Used by evaluate.py --films DIR --contours OUT.png

A row for each film: twelve moments evenly spread over what is said, the person's lips above and the avatar's below. Each mouth is turned and scaled by the eyes' outer corners, so
that sizes compare. Nothing else of a person is drawn.
"""
import cv2
import numpy as np

OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
MOMENTS, WIDE, HIGH, FINE = 12, 110, 84, 4        # cells in pixels, drawn four times as large
PERSON, AVATAR = (70, 70, 70), (150, 70, 20)


def lips(points):
    """[468, 2+] → both lines in units of the distance of the eyes' outer corners, level, about the mouth's middle"""
    eye = points[263, :2] - points[33, :2]
    size, turn = np.hypot(*eye), np.arctan2(eye[1], eye[0])
    back = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) / size
    level = (points[:, :2] - points[[61, 291], :2].mean(0)) @ back.T
    return level[list(OUTER)], level[list(INNER)]


def cell(points, colour):
    picture = np.full((HIGH * FINE, WIDE * FINE, 3), 255, np.uint8)
    for line in lips(points):
        at = (line * 1.2 * WIDE * FINE + [WIDE * FINE / 2, HIGH * FINE * .4]).round().astype(np.int32)
        cv2.polylines(picture, [at], True, colour, FINE * 2, cv2.LINE_AA)
    return cv2.resize(picture, (WIDE, HIGH), interpolation=cv2.INTER_AREA)


def row(person, avatar):
    """person, avatar: [frames, 468, 2+]"""
    n = min(len(person), len(avatar))
    at = np.linspace(n * .15, n * .85, MOMENTS).round().astype(int)
    return np.vstack([np.hstack([cell(points[k], colour) for k in at]) for points, colour in ((person, PERSON), (avatar, AVATAR))])


def write(path, rows):
    gap = np.full((10, rows[0].shape[1], 3), 255, np.uint8)
    picture = np.vstack([piece for r in rows for piece in (r, gap)][:-1])
    cv2.imwrite(path, picture | 31, [cv2.IMWRITE_PNG_COMPRESSION, 9])          # few tones: lines need no more
