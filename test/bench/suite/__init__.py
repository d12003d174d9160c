"""Measures Baton beside other servers: pairs of servers take turns under the same load on pinned cores.

`python3 -m suite` (through test/bench/run) does a run. One idea a module: `servers` start and stop, `workloads` say
what is asked of whom, `load` asks, `measuring` takes turns, `ratios` is the arithmetic, `targets` what must hold,
`report` writes it down. Standard library alone, so that it runs wherever the servers do.
"""
