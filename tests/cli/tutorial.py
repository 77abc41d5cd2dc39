"""tutorial.py PAGE: runs the commands of a manual page's displays, in order, in one shell, and holds what they print against the page.

A command begins with "$ " and goes on while its lines end with a backslash; what follows, up to the next, is what it prints. A line
"..." stands for any lines, "..." within a line for any words. Digests, keys, times and sizes may differ. A command must end with 0,
or with what a following "$ echo $?" shows.
"""
import re
import subprocess
import sys

UNLIKE = [
    (r'SHA256:[A-Za-z0-9+/]{43}', 'SHA256:KEY'),
    (r'\b[0-9a-f]{64}\b', 'DIGEST'),
    (r'\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z| UTC| GMT| BST)?', 'TIME'),
    (r'\b\d+(\.\d+)? (B|kB|MB)\b', 'SIZE'),
]


def plain(line):
    return line.replace('\\&', '').replace('\\e', '\\')


def displays(page):
    lines, inside = [], False
    for line in open(page, encoding='utf-8').read().splitlines():
        if line.startswith('.Bd -literal'):
            inside = True
        elif line.startswith('.Ed'):
            inside = False
        elif inside:
            lines.append(plain(line))
    return lines


def commands(lines):
    found = []
    for line in lines:
        if line.startswith('$ '):
            found.append([line[2:], []])
        elif found and not found[-1][1] and found[-1][0].endswith('\\'):
            found[-1][0] += '\n' + line
        else:
            found[-1][1].append(line)
    return found


def normal(line):
    for pattern, word in UNLIKE:
        line = re.sub(pattern, word, line)
    return line


def pattern(shown):
    whole = ''
    for line in shown:
        if line == '...':
            whole += r'(?:[^\n]*\n)*'
        else:
            whole += '[^\n]*'.join(re.escape(piece) for piece in normal(line).split('...')) + '\n'
    return re.compile(whole)


def run(todo):
    """What each command printed, and its status; which is also what the next one sees as $?. Nothing is there to be read."""
    mark = '==== '
    script = 'exec 2>&1 </dev/null\nlast=0\nstatus() { return $last; }\n'
    for command, _ in todo:
        script += f"status\n{command}\nlast=$?\nprintf '\\n{mark}%s\\n' $last\n"
    output = subprocess.run(['bash', '--norc', '-c', script], stdout=subprocess.PIPE, encoding='utf-8').stdout
    results = re.split(f'\n{mark}(\\d+)\n', output)
    return list(zip(results[::2], map(int, results[1::2])))


def main(page):
    todo, wrong = commands(displays(page)), 0
    results = run(todo)
    for at, ((command, shown), (printed, status)) in enumerate(zip(todo, results)):
        follows = todo[at + 1] if at + 1 < len(todo) else None
        wanted = int(follows[1][0]) if follows and follows[0] == 'echo $?' else 0
        if status == wanted and pattern(shown).fullmatch(''.join(normal(line) + '\n' for line in printed.splitlines())):
            continue
        wrong += 1
        print(f'$ {command}\nended with {status}, the page says {wanted}\nprinted:\n{printed}\nthe page shows:\n' + '\n'.join(shown) + '\n')
    print(f'{len(todo)} commands, {len(results)} of them run, {wrong} unlike the page')
    return wrong > 0 or len(results) != len(todo) or len(todo) < 50


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
