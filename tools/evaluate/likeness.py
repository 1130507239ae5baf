# likeness.py: structural similarity of two pictures, grey or in colour, 8 bits.
import cv2
import numpy as np


def ssim(a, b):
    """mean over pixels, Gaussian windows of 11 pixels with a deviation of 1.5, constants of Wang et al. 2004"""
    a, b = a.astype(np.float64), b.astype(np.float64)
    g = lambda x: cv2.GaussianBlur(x, (11, 11), 1.5)
    ma, mb = g(a), g(b)
    va, vb, c = g(a * a) - ma * ma, g(b * b) - mb * mb, g(a * b) - ma * mb
    return float((((2 * ma * mb + 6.5025) * (2 * c + 58.5225)) / ((ma * ma + mb * mb + 6.5025) * (va + vb + 58.5225))).mean())
