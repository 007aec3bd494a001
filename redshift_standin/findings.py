"""What a rule of the lint reports."""

from dataclasses import dataclass

from redshift_standin.vocabulary import GUIDE


@dataclass(frozen=True)
class Finding:
    """One construct that Redshift refuses (or answers otherwise than DuckDB), and the way out.

    `page` is the page of the developer guide that says so.
    """

    construct: str
    why: str
    remedy: str
    page: str

    def __str__(self) -> str:
        return f"{self.construct}: {self.why}. Write {self.remedy}. ({GUIDE}{self.page})"


FEATURES = "c_unsupported-postgresql-features.html"
PG_FUNCTIONS = "c_unsupported-postgresql-functions.html"
PG_TYPES = "c_unsupported-postgresql-datatypes.html"
TYPES_PAGE = "c_Supported_data_types.html"
FUNCTIONS_PAGE = "c_SQL_functions.html"
LEADER_PAGE = "c_SQL_functions_leader_node_only.html"
WINDOWS = "c_Window_functions.html"
SELECT = "r_SELECT_synopsis.html"
FROM = "r_FROM_clause30.html"
CORRELATED = "r_correlated_subqueries.html"
CREATE_TABLE = "r_CREATE_TABLE_NEW.html"
ALTER_TABLE = "r_ALTER_TABLE.html"
MERGE = "r_MERGE.html"
INSERT = "r_INSERT_30.html"
DATE_PARTS = "r_Dateparts_for_datetime_functions.html"
