"""What gridbot costs, each figure beside its alternative in the same run: `make bench`.

Not part of the tests: what a machine can do says nothing about whether the program is right.
"""
