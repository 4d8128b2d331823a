"""Golden numbers: what small style transfers came to when the engine was last changed on purpose.

Made by ``python tests/golden/make.py`` in a checkout, never otherwise.
"""
