"""viterbi.py: the most likely times of known words, given how likely each sound is in each mel column."""
import numpy as np
import sounds

INDEX = {s: k for k, s in enumerate(sounds.SOUNDS)}
COLUMNS_A_SECOND = 80.                    # features.RATE / features.HOP


def way(scores, words):
    """log likelihoods [T, sounds], the words' sounds → ([[start, end, sound]…], mean score of a column), or None where there is no room"""
    chain, optional = [0], [True]
    for word in words:
        for sound in word or []:
            chain.append(INDEX[sound])
            optional.append(False)
        if chain[-1] != 0:
            chain.append(0)
            optional.append(True)
    state = np.repeat(chain, 2)                           # two columns at least: each sound is two states, the first without a loop
    count, total = len(state), len(scores)
    if count > total + 2 * sum(optional):
        return None
    best = np.full(count, -1e9)
    back = np.zeros((total, count), np.int16)
    skip = np.zeros(count, bool)
    skip[4::2] = [optional[k - 1] for k in range(2, len(chain))]          # a first state may follow the sound before a pause
    best[0] = scores[0, 0]
    if len(chain) > 1:
        best[2] = scores[0, state[2]]
    for t in range(1, total):
        options = np.full((4, count), -1e9)
        options[0, 1::2] = best[1::2]
        options[1, 1:] = best[:-1]
        options[2, 4:] = np.where(skip[4:], best[1:-3], -1e9)
        options[1, 0] = best[0]                           # the pause before the first word may be one column long
        back[t] = options.argmax(0)
        best = options.max(0) + scores[t, state]
    at = count - 1 if best[-1] >= best[max(0, count - 3)] or not optional[-1] else count - 3
    mean = best[at] / total
    if mean < -1e6:
        return None
    path = np.zeros(total, int)
    for t in range(total - 1, -1, -1):
        path[t] = at
        step = back[t, at]
        at -= 0 if step == 0 or at == 0 else 1 if step == 1 else 3
    edges = np.flatnonzero(np.diff(path // 2)) + 1
    cuts = [0, *edges, total]
    return [[round(a / COLUMNS_A_SECOND, 4), round(b / COLUMNS_A_SECOND, 4), sounds.SOUNDS[state[path[a]]]] for a, b in zip(cuts, cuts[1:])], float(mean)
