"""Make the golden trace: numbers of a small style transfer that guard ``ENGINE_REVISION``.

Run ``python tests/golden/make.py`` after raising ``ENGINE_REVISION`` in
harness/spec/fingerprint.py, and say in the commit why the engine's numbers changed.
"""

import json

from harness.regression.golden.golden import TRACE_FILE, golden

if __name__ == "__main__":
    TRACE_FILE.write_text(json.dumps(golden(), indent=1) + "\n", encoding="utf-8")
