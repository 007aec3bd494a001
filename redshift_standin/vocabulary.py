"""Redshift's closed world: every function and type that its developer guide names.

A name that is not here is refused. When AWS adds a function, add its name here, under the heading
of the page that documents it.
"""


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


GUIDE = "docs.aws.amazon.com/redshift/latest/dg/"

AGGREGATES = words("""any_value avg bit_and bit_or bool_and bool_or count listagg max median min
    percentile_cont stddev stddev_pop stddev_samp sum var_pop var_samp variance""")
RANKING = words("cume_dist dense_rank lag lead ntile percent_rank rank row_number")
NEED_FRAME = words(  # with an ORDER BY in their OVER
    """avg bit_and bit_or bool_and bool_or count first_value last_value max min nth_value
    stddev stddev_pop stddev_samp sum var_pop var_samp variance"""
)
WINDOW_ONLY = RANKING | words("first_value last_value nth_value ratio_to_report")

CONDITIONAL = "coalesce decode greatest least nullif nvl nvl2"
CONVERSION = "text_to_int_alt text_to_numeric_alt to_char to_date to_number to_timestamp"
DATES = """add_months convert_timezone date_cmp date_cmp_timestamp date_cmp_timestamptz dateadd
    date_add datediff date_diff date_part date_part_year date_trunc getdate interval_cmp last_day
    months_between next_day timeofday timestamp_cmp timestamp_cmp_date timestamp_cmp_timestamptz
    timestamptz_cmp timestamptz_cmp_date timestamptz_cmp_timestamp timezone trunc"""
HASHES = """checksum farmfingerprint64 fnv_hash func_sha1 md5 murmur3_32_hash sha sha1 sha2
    xxhash64"""
JSON = """can_json_parse is_valid_json is_valid_json_array json_array_length
    json_extract_array_element_text json_extract_path_text json_parse json_serialize
    json_serialize_to_varbyte"""
MATHS = """abs acos asin atan atan2 cbrt ceil ceiling cos cot degrees dexp dlog1 dlog10 exp floor
    ln mod pi pow power radians random round sign sin sqrt tan to_hex"""
STRINGS = """ascii bpcharcmp btrim bttext_pattern_cmp char_length character_length charindex chr
    collate concat crc32 difference from_hex initcap left len length lower lpad ltrim octet_length
    octetindex position quote_ident quote_literal regexp_count regexp_instr regexp_replace
    regexp_substr repeat replace replicate reverse right rpad rtrim soundex split_part strpos strtol
    substring textlen translate upper"""
SUPER = """array array_concat array_flatten get_array_length get_number_attributes is_array
    is_bigint is_boolean is_char is_decimal is_float is_integer is_object is_scalar is_smallint
    is_varchar json_size json_typeof lower_attribute_names object object_transform split_to_array
    subarray upper_attribute_names"""
VARBYTE = "from_varbyte getbit to_varbyte"
SYSTEM = """current_database current_namespace current_setting has_schema_privilege
    has_table_privilege pg_backend_pid pg_get_session_roles pg_last_copy_count pg_last_copy_id
    pg_last_query_id user_is_member_of version"""

FUNCTIONS = (
    AGGREGATES
    | WINDOW_ONLY
    | {"percentile_disc"}
    | words(" ".join((CONDITIONAL, CONVERSION, DATES, HASHES, JSON, MATHS, STRINGS)))
    | words(" ".join((SUPER, VARBYTE, SYSTEM)))
)

# c_SQL_functions_leader_node_only: an error as soon as the query reads a table.
LEADER_ONLY = {
    "age": "datediff(...)",
    "current_schema": "the schema's name",
    "current_schemas": "the schema's name",
    "current_time": "getdate()",
    "current_timestamp": "getdate(), or {{ dbt.current_timestamp() }}",
    "factorial": "a product written out",
    "isfinite": "a comparison with dates",
    "localtime": "getdate()",
    "localtimestamp": "getdate()",
    "log": "dlog10(x) for base 10, ln(x) for base e",
    "now": "getdate(), or {{ dbt.current_timestamp() }}",
    "substr": "substring(x, start, length)",
}

REMEDIES = {
    "arg_max": "row_number() in a CTE, then keep row 1",
    "array_agg": "listagg(...) within group (order by ...)",
    "date_format": "to_char(x, format)",
    "every": "bool_and(x)",
    "generate_series": "cross join small tables of digits",
    "group_concat": "listagg(...) within group (order by ...)",
    "if": "case when ... then ... end",
    "ifnull": "coalesce(...)",
    "instr": "strpos(text, part)",
    "list": "listagg(...) within group (order by ...)",
    "make_date": "to_date(text, 'YYYY-MM-DD')",
    "quantile_cont": "percentile_cont(q) within group (order by x)",
    "range": "cross join small tables of digits",
    "strftime": "to_char(x, format)",
    "string_agg": "listagg(...) within group (order by ...)",
    "unnest": "a join with a table of the values",
}

TYPES = words(  # sqlglot's names of what c_Supported_data_types lists
    """BIGINT BOOLEAN CHAR DATE DECIMAL DOUBLE FLOAT GEOGRAPHY GEOMETRY HLLSKETCH INT INTERVAL
    NCHAR NVARCHAR SMALLINT SUPER TEXT TIME TIMESTAMP TIMESTAMPTZ TIMETZ VARBINARY VARCHAR
    BPCHAR"""
)
NO_TYPE_WORDS = ("STRING", "CLOB", "LONGTEXT", "MEDIUMTEXT", "TINYTEXT")

# System views of provisioned clusters; a Serverless workgroup does not have them.
CLUSTER_VIEWS = ("stl_", "stv_", "svl_", "svcs_")
CATALOGS = ("pg_", "svv_", "sys_")

COMMANDS = words("""ABORT ANALYZE CALL CANCEL CLOSE DEALLOCATE DECLARE EXECUTE EXPLAIN FETCH GRANT
    LOCK PREPARE RESET REVOKE SHOW UNLOAD USE VACUUM""")
