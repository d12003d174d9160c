"""The document's tables, in Markdown that also reads well on a terminal."""

from . import words

Row = list[str]


def table(head: Row, rows: list[Row], left: int = 1) -> str:
    """Columns padded to one width; the first `left` ones to the left, the others to the right."""
    if not rows:
        return ""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(row: Row) -> str:
        cells = [cell.ljust(widths[i]) if i < left else cell.rjust(widths[i]) for i, cell in enumerate(row)]
        return "| " + " | ".join(cells) + " |"

    rules = ["-" * (width + 2) if i < left else "-" * (width + 1) + ":" for i, width in enumerate(widths)]
    return "\n".join([line(head), "|" + "|".join(rules) + "|", *map(line, rows)])


def targets(made: dict) -> str:
    rows = [[one["text"], _measured(one), f"{one['bound']:g}", words.verdict(one["met"])] for one in made["targets"]]
    return table(["target", "measured", "bound", ""], rows)


def _measured(target: dict) -> str:
    if target["bound"] >= 100:
        return words.count(target["value"])
    if not target.get("spread"):
        return words.ratio(target["value"])
    low, high = map(words.ratio, target["spread"])
    return f"{words.ratio(target['value'])} ({low}–{high})"


def spread(ratio: dict | None) -> str:
    if not ratio:
        return "–"
    if ratio["rounds"] == 1:
        return words.ratio(ratio["median"])
    return f"{words.ratio(ratio['median'])} ({words.ratio(ratio['lowest'])}–{words.ratio(ratio['highest'])})"


def _times(one: dict) -> str:
    if not one.get("p50_us"):  # of events nobody knows when they were due
        return "–"
    return " / ".join(words.micros(one.get(what)) for what in ("p50_us", "p99_us", "p999_us"))


def _calls(one: dict) -> str:
    return f"{sum(one['calls'].values()):.2f}" if one.get("calls") else "–"


def workloads(made: dict) -> str:
    """Every workload with every contestant."""
    rows = []
    for workload in made["workloads"]:
        for number, one in enumerate(workload["contestants"]):
            title = workload["title"] if number == 0 else ""
            if one["failure"] and "rate" not in one:
                rows.append([title, one["name"], "not measured: " + one["failure"][:60], *[""] * 6])
                continue
            ratio = spread(one.get("ratio")) if number else ""
            rows.append([title, one["name"], words.count(one["rate"]), ratio, _times(one), words.count(one["requests"]),
                         words.micros(one["cpu_us"]), f"{one['rate'] * one['cpu_us'] / 1e6:.0%}", _calls(one)])
    head = ["workload", "server", "per second", "Baton to it", "p50 / p99 / p99.9", "of requests", "processor each",
            "busy", "calls each"]
    return table(head, rows, left=2)


def overview(made: dict, beside: tuple[str, ...] = ("nginx", "bare", "go")) -> str:
    """A line a workload: Baton's figures, and its ratio to a few others."""
    rows = []
    for workload in made["workloads"]:
        by_label = {one["label"]: one for one in workload["contestants"]}
        own = workload["contestants"][0]
        ratios = [spread(by_label[label].get("ratio")) if label in by_label else "" for label in beside]
        if any(ratios) or "rate" in own:
            rows.append([workload["title"], words.count(own.get("rate")), *ratios,
                         words.micros(own.get("p99_us") or None),
                         words.micros(by_label.get("nginx", {}).get("p99_us")) if "nginx" in by_label else "",
                         words.micros(own.get("cpu_us")), _calls(own)])
    names = {"nginx": "to nginx", "bare": "to the bare loop", "go": "to Go"}
    head = ["workload", "Baton, per second", *(names[label] for label in beside), "p99", "nginx's p99",
            "processor each", "calls each"]
    return table(head, rows)


def latency(made: dict) -> str:
    rows = [[f"{words.count(step['rate'])} ({step['share']:.0%})", one["name"],
             *(words.micros(one[what]) for what in ("p50_us", "p99_us", "p999_us")), words.count(one.get("requests")),
             spread(one["p99_ratio"]) if one.get("p99_ratio") else "", words.micros(one.get("late_us"))]
            for step in made.get("latency", []) for one in step["contestants"] if "p50_us" in one]
    head = ["requests a second", "server", "p50", "p99", "p99.9", "of requests", "Baton's p99 to its", "load's own p99"]
    return table(head, rows, left=2)


def upgrade(made: dict) -> str:
    rows = []
    for found in made.get("upgrade", []):
        for name, one in (("quiet", found["quiet"]), ("upgrade", found["during"])):
            rows.append([f"{words.count(found['rate'])} a second on {found['where']}", name,
                         *(words.micros(one[what]) for what in ("p50_us", "p99_us", "p999_us", "max_us")),
                         words.count(one.get("requests")),
                         spread(found["p99_ratio"]) if name == "upgrade" else "", f"{one['dip']:.0%}",
                         str(one["errors"])])
    head = ["", "", "p50", "p99", "p99.9", "longest", "of requests", "p99 to quiet", "biggest dip of 100 ms", "lost"]
    return table(head, rows, left=2)


def access_log(made: dict) -> str:
    """What it costs, in a sentence; empty if it was not measured."""
    found = [one for workload in made["workloads"] if workload["key"] == "access-log"
             for one in workload["contestants"] if one["label"] == "baton-without" and one.get("ratio")]
    if not found:
        return ""
    rate, processor = found[0]["ratio"], found[0]["processor_ratio"]
    return (f"With the access log on, plaintext runs at {spread(rate)} of the rate without it, and a request takes "
            f"{words.ratio(1 / processor['median'])} times the processor time.")


def memory(made: dict) -> str:
    rows = [[one["name"], f"{one['connections']:,}", words.size(one["plain"]), words.size(one["tls"])]
            for one in made.get("memory", [])]
    return table(["server", "idle connections", "each, plain", "each, TLS"], rows)


def move(made: dict) -> str:
    """An upgrade with very many idle connections, in a line."""
    one = made.get("move")
    if not one:
        return ""
    fewer = "" if one["connections"] == one["wanted"] else f" (of {one['wanted']:,}: the limit of open files)"
    row = [f"{one['connections']:,}{fewer}", f"{one['bytes_each_quiet']:,} B", f"{one['move_s']:.2f} s",
           words.size(one["old_peak_kb"] * 1024), words.size(one["new_kb"] * 1024),
           " / ".join(words.micros(one[when]["max"] * 1e3) for when in ("others_quiet_ms", "others_meanwhile_ms")),
           str(one["lost"] + one["others_lost"])]
    head = ["idle connections moved", "each", "within", "old process at most", "new process",
            "longest of others' requests, quiet / meanwhile", "lost"]
    return table(head, [row])


def slow_readers(made: dict) -> str:
    rows = [[one["name"], f"{one['readers']:,}", words.count(one["alone"]), words.count(one["rate"]),
             words.micros(one["p99_us"]), words.size(one["memory"])] for one in made.get("slow_readers", [])]
    head = ["server", "slow readers", "plaintext without them", "beside them", "p99 beside", "memory of each"]
    return table(head, rows)


def balance(made: dict) -> str:
    rows = []
    for one in made.get("balance", []):
        open_now = ", ".join(str(worker["open"]) for worker in one["rounds"][-1])
        rows.append([str(one["threads"]), f"{one['connections']:,}", open_now, f"{one['spread']:.1%}"])
    return table(["workers", "connections", "of each, last round", "spread"], rows)


def second_opinions(made: dict) -> str:
    rows = [[one["load"], words.count(one["baton"]), words.count(one["nginx"]), spread(one["ratio"]),
             *(words.micros(one["cpu_us"][kind]) for kind in ("baton", "nginx")), spread(one["processor_ratio"])]
            for one in made.get("second_opinions", [])]
    head = ["plaintext, other load", "Baton", "nginx", "ratio", "Baton, processor each", "nginx", "ratio"]
    return table(head, rows)


def curves(made: dict) -> str:
    return "\n\n".join(_curve(curve) for curve in made.get("curves", []))


def _curve(curve: dict) -> str:
    sizes = curve["unit"] == "bytes"
    rows = []
    for number, x in enumerate(curve["x"]):
        cells = []
        for line in curve["lines"]:
            cells += [words.count(line["rate"][number]), words.micros(line["p99_us"][number])]
            if curve["key"] == "downloads":
                cells.append(words.size(line["bytes_per_second"][number]) + "/s")
        rows.append([words.size(x) if sizes else f"{x:,}", *cells])
    head = [curve["title"]]
    for line in curve["lines"]:
        head += [line["name"], "p99", *(["bytes"] if curve["key"] == "downloads" else [])]
    text = table(head, rows)
    if "memory" in curve:
        before, after = (words.size(curve["memory"][when]) for when in ("before", "after"))
        text += f"\n\nBaton's resident memory: {before} before the first of them, {after} after the last."
    return text


def versions(made: dict) -> str:
    return table(["server", "version", "started as"],
                 [[one["name"], one["version"], f"`{one['command']}`"] for one in made["servers"]], left=3)


def missing(made: dict) -> str:
    absent = [f"- {one['name']} was not measured: {one['why']}" for one in made["missing"]]
    failed = [f"- {one['part']} failed: {one['why']}" for one in made.get("failures", [])]
    return "\n".join([*absent, *failed])
