"""The independent certificate checker: exact integers and fractions only, the standard library only.

Nothing of the rest of the package is imported here; a test runs this package with everything else blocked.
"""

from .check import check_bytes, check_files
from .verdict import ClaimResult, Report, Unusable

__all__ = ["ClaimResult", "Report", "Unusable", "check_bytes", "check_files"]
