"""The backbone's parameters: where they come from, what they are called, how they are loaded.

``choice`` answers what needs no torch (what ``auto`` means, identities, what is cached);
``parameters`` loads; ``fetch`` downloads where a person asked for it.
"""
