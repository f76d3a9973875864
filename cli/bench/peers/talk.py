"""Last part of the peers: reads JSON objects, one a line, answers each by one.

{"prepare": CASE, "loop": BOOL}             ->  {"ready": [NAME, ...], "remarks": [TEXT, ...]}
{"run": NAME, "times": K, "each": false}    ->  {"ms": milliseconds of one of K calls in a row}
{"run": NAME, "times": K, "each": true}     ->  {"ms": [milliseconds of each call, ...]}
A call that measures itself gives "ms" and "peak_mb", its most resident memory. The first line says which packages there
are. A failure is {"error": text}; the talk goes on.
"""


def prepare(case, loop):
    if np is None:
        return {}
    return SUBJECTS.get(case["subject"], lambda *_: {})(case, loop)


def run(call, times, each):
    if getattr(call, "measures_itself", False):
        return call()
    scale, ms, begin = getattr(call, "scale", 1), [], time.perf_counter()
    for _ in range(times):
        one = time.perf_counter()
        call()
        if each:
            ms.append(round(1e3 * (time.perf_counter() - one) * scale, 5))
    return {"ms": ms if each else 1e3 * (time.perf_counter() - begin) / times * scale}


def main():
    answer(have=have, absent=absent, python=sys.version.split()[0])
    calls = {}
    for line in sys.stdin:
        try:
            asked = json.loads(line)
            if "prepare" in asked:
                calls = {}
                leave()
                calls = prepare(asked["prepare"], asked["loop"])
                answer(ready=list(calls), remarks=[remark[:300] for remark in take_remarks()])
            else:
                answer(**run(calls[asked["run"]], asked["times"], asked["each"]))
        except Exception as error:
            answer(error=f"{type(error).__name__}: {error}"[:300])
    leave()


main()
