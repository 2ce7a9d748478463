"""`make bench`: Countersign beside bare servers that do less, on the same cores, in the same run.

Nothing here is a test: no time is ever asserted. Ratios travel between machines, milliseconds do not.
"""
