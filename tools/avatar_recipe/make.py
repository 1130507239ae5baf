"""make.py: a presenter from nothing: pictures, speech, people's voices, networks, an avatar that speaks, and how well.   ./run avatar CHARACTER OUT [STAGE]

CHARACTER: a module beside this one: character (ava as she is), ava_strands, ben. OUT/avatar is the result, OUT/table.md how it was judged; OUT/work holds stages done, logs,
pictures. Stopped at any moment, the same line goes on. STAGE: ends after that stage and what it needs; `list` shows them. What presenters share (data files, speech, ears)
lies in --shared, by default OUT/work/shared: give the first presenter's to the second. --small tries the whole chain in minutes; its avatar is good for nothing.
"""
import argparse
import os
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import making
import stages


def arguments():
    a = argparse.ArgumentParser(prog='./run avatar', description=__doc__.partition('\n\n')[2], formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('character', metavar='CHARACTER')
    a.add_argument('out', metavar='OUT')
    a.add_argument('stage', metavar='STAGE', nargs='?')
    making.common_words(a, 'three frames, six crops, three steps')
    a.add_argument('--gain', type=float, default=1.6, help='how much further than its pictures the mouth is taught to open (default 1.6)')
    a.add_argument('--share', type=float, default=.5, help="how much of what the mouth is taught is people's, the rest the recipe's own (default 0.5)")
    a.add_argument('--learn', type=float, default=60, metavar='MINUTES', help='how long the generator learns (default 60)')
    a.add_argument('--audio', type=float, default=20, metavar='CORE_MINUTES', help='how long its audio part learns (default 20)')
    return a, a.parse_args()


def main():
    parser, a = arguments()
    a.out, a.start, a.program = map(os.path.abspath, (a.out, a.start, a.program))
    if not making.known(a.character):
        parser.error(f'there is no character "{a.character}" in {making.here}')
    every = making.Making(a).stages()
    status = stages.tool(parser, a, every, dict(character=a.character, small=a.small))
    if status == 0 and a.stage in (None, 'table') and os.path.exists(a.out + '/table.md'):
        with open(a.out + '/check.txt') as check, open(a.out + '/table.md') as table:
            print(check.read() + '\n' + table.read() + f'\n{a.program} render --avatar {a.out}/avatar speech.wav -o speech.mp4')
    return status


if __name__ == '__main__':
    sys.exit(main())
