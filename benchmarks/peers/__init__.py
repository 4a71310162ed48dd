"""What reads the same pictures: livedigits and others, each in a file of its own.

    python -m benchmarks.peers photos/ negatives/

A peer is a small class with `read`, see `peer`; `__main__` has the list of them.
"""
