"""The one place that names this version: the package's metadata and `tfqueue_build_info` both read it here."""

VERSION = "0.1.0"
