"""Names of the tags and artifact files by which the harness finds its own runs in MLflow."""

from enum import StrEnum

__all__ = [
    "ANCHOR_PREFIX",
    "BALANCED_WEIGHT",
    "LOSS_PREFIX",
    "TAG_LIMIT",
    "File",
    "Kind",
    "Status",
    "Tag",
]

TAG_LIMIT = 8000  # characters; MLflow 3.17
LOSS_PREFIX = "loss/"
ANCHOR_PREFIX = "anchor/"
BALANCED_WEIGHT = "weights/style_balanced"  # what balancing found for the style


class Kind(StrEnum):
    """What a run of the MLflow store is to the harness (tag ``harness.kind``)."""

    SWEEP = "sweep"
    RUN = "run"
    EXTERNAL = "external"
    VARIANT = "variant"
    REGRESSION = "regression"
    CHECK = "check"


class Status(StrEnum):
    """MLflow's run states that the harness uses."""

    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class Tag(StrEnum):
    """Tags of parents and children."""

    KIND = "harness.kind"
    OWNER = "harness.owner"
    OCCASION = "harness.occasion"
    PANEL = "harness.panel"
    PURPOSE = "harness.purpose"
    LEVELS = "harness.levels"
    BASELINE = "harness.baseline"
    FINGERPRINT = "harness.fingerprint"
    VARIANT = "harness.variant"
    VERDICT = "harness.verdict"
    CASE = "harness.case"
    SEED = "harness.seed"
    CONTENT = "harness.content"
    STYLE = "harness.style"
    PRESET = "harness.preset"
    BACKBONE = "harness.backbone"
    PARAMETERS = "harness.parameters"
    CONTENT_SHA256 = "harness.content_sha256"
    STYLE_SHA256 = "harness.style_sha256"
    EVALUATOR = "harness.evaluator"
    SECOND_EVALUATOR = "harness.second_evaluator"
    NUMERICS = "harness.numerics"
    TIMING_KEY = "harness.timing_key"
    LOSS_KEY = "harness.loss_key"
    AFTER = "harness.after"
    RESULT_AS = "harness.result_as"
    REASON = "harness.reason"
    FLAGS = "harness.flags"
    ATTEMPTS = "harness.attempts"
    TRIAL = "harness.trial"
    STATE = "harness.state"
    BEST = "harness.best"
    BEST_TRIAL = "harness.best_trial"
    LEVEL = "harness.level"
    ONLY_OWN = "harness.only_own"
    NOTES = "harness.notes"
    RESOLVED = "harness.resolved"
    OVERRIDES = "harness.overrides"
    FILE = "harness.file"
    QUESTION = "harness.question"
    BALANCE = "harness.balance"
    LPIPS = "harness.lpips"
    ANSWER = "harness.answer"
    VERSIONS = "harness.versions"
    HOST = "harness.host"
    GIT_COMMIT = "harness.git_commit"
    GIT_DIRTY = "harness.git_dirty"
    ENGINE_REVISION = "harness.engine_revision"
    PARENT = "mlflow.parentRunId"
    NOTE = "mlflow.note.content"


class File(StrEnum):
    """Artifact files of parents and children."""

    RESULT = "result.png"
    TRACE = "trace.json"
    SETTINGS = "settings.json"
    MEMBERSHIP = "membership.json"
    SWEEP = "sweep.yaml"
    TRIALS = "trials.json"
    PICTURES = "pictures"
    REPORT = "report.html"
    IMAGES = "images"  # MLflow's own folder for what log_image is given a step
