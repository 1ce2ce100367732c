//! Keywords, reserved words, and the search for the nearest name.

use std::sync::LazyLock;

/// The reserved and pre-reserved words of ISO/IEC 39075, sorted.
#[rustfmt::skip]
pub(crate) const RESERVED: &[&str] = &[
    "ABS", "ABSTRACT", "ACOS", "AGGREGATE", "AGGREGATES", "ALL", "ALL_DIFFERENT", "ALTER", "AND", "ANY",
    "ARRAY", "AS", "ASC", "ASCENDING", "ASIN", "AT", "ATAN", "AVG", "BIG", "BIGINT", "BINARY", "BOOL",
    "BOOLEAN", "BOTH", "BTRIM", "BY", "BYTES", "BYTE_LENGTH", "CALL", "CARDINALITY", "CASE", "CAST",
    "CATALOG", "CEIL", "CEILING", "CHAR", "CHARACTERISTICS", "CHARACTER_LENGTH", "CHAR_LENGTH", "CLEAR",
    "CLONE", "CLOSE", "COALESCE", "COLLECT_LIST", "COMMIT", "CONSTRAINT", "COPY", "COS", "COSH", "COT",
    "COUNT", "CREATE", "CURRENT_DATE", "CURRENT_GRAPH", "CURRENT_PROPERTY_GRAPH", "CURRENT_ROLE",
    "CURRENT_SCHEMA", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "DATA", "DATE", "DATETIME", "DAY",
    "DEC", "DECIMAL", "DEGREES", "DELETE", "DESC", "DESCENDING", "DETACH", "DIRECTORY", "DISTINCT", "DOUBLE",
    "DROP", "DRYRUN", "DURATION", "DURATION_BETWEEN", "ELEMENT_ID", "ELSE", "END", "EXACT", "EXCEPT",
    "EXISTING", "EXISTS", "EXP", "FALSE", "FILTER", "FINISH", "FLOAT", "FLOAT128", "FLOAT16", "FLOAT256",
    "FLOAT32", "FLOAT64", "FLOOR", "FOR", "FROM", "FUNCTION", "GQLSTATUS", "GRANT", "GROUP", "HAVING",
    "HOME_GRAPH", "HOME_PROPERTY_GRAPH", "HOME_SCHEMA", "HOUR", "IF", "IMPLIES", "IN", "INFINITY", "INSERT",
    "INSTANT", "INT", "INT128", "INT16", "INT256", "INT32", "INT64", "INT8", "INTEGER", "INTEGER128",
    "INTEGER16", "INTEGER256", "INTEGER32", "INTEGER64", "INTEGER8", "INTERSECT", "INTERVAL", "IS", "LEADING",
    "LEFT", "LET", "LIKE", "LIMIT", "LIST", "LN", "LOCAL", "LOCAL_DATETIME", "LOCAL_TIME", "LOCAL_TIMESTAMP",
    "LOG", "LOG10", "LOWER", "LTRIM", "MATCH", "MAX", "MIN", "MINUTE", "MOD", "MONTH", "NEXT", "NODETACH",
    "NORMALIZE", "NOT", "NOTHING", "NULL", "NULLIF", "NULLS", "NUMBER", "NUMERIC", "OCTET_LENGTH", "OF",
    "OFFSET", "ON", "OPEN", "OPTIONAL", "OR", "ORDER", "OTHERWISE", "PARAMETER", "PARAMETERS", "PARTITION",
    "PATH", "PATHS", "PATH_LENGTH", "PERCENTILE_CONT", "PERCENTILE_DISC", "POWER", "PRECISION", "PROCEDURE",
    "PRODUCT", "PROJECT", "PROPERTY_EXISTS", "QUERY", "RADIANS", "REAL", "RECORD", "RECORDS", "REFERENCE",
    "REMOVE", "RENAME", "REPLACE", "RESET", "RETURN", "REVOKE", "RIGHT", "ROLLBACK", "RTRIM", "SAME",
    "SCHEMA", "SECOND", "SELECT", "SESSION", "SESSION_USER", "SET", "SIGNED", "SIN", "SINH", "SIZE", "SKIP",
    "SMALL", "SMALLINT", "SQRT", "START", "STDDEV_POP", "STDDEV_SAMP", "STRING", "SUBSTRING", "SUM",
    "SYSTEM_USER", "TAN", "TANH", "TEMPORAL", "THEN", "TIME", "TIMESTAMP", "TRAILING", "TRIM", "TRUE",
    "TYPED", "UBIGINT", "UINT", "UINT128", "UINT16", "UINT256", "UINT32", "UINT64", "UINT8", "UINTEGER",
    "UINTEGER128", "UINTEGER16", "UINTEGER256", "UINTEGER32", "UINTEGER64", "UINTEGER8", "UNION", "UNIQUE",
    "UNIT", "UNKNOWN", "UNSIGNED", "UPPER", "USE", "USMALLINT", "VALUE", "VALUES", "VARBINARY", "VARCHAR",
    "VARIABLE", "WHEN", "WHERE", "WHITESPACE", "WITH", "XOR", "YEAR", "YIELD", "ZONED", "ZONED_DATETIME",
    "ZONED_TIME",
];

/// Words that are keywords in some places and identifiers elsewhere, sorted.
#[rustfmt::skip]
pub(crate) const NON_RESERVED: &[&str] = &[
    "ACYCLIC", "AFTER", "ALGO", "ALGORITHM", "ASSERT", "BACKUP", "BEGIN", "BETWEEN", "BINDINGS", "CATEGORY",
    "CHEAPEST", "CHECK",
    "CONCURRENT", "CONFIG", "CONNECTING", "CONTAINS", "COST", "CSV", "CYPHER", "DATABASE", "DESCRIBE", "DESTINATION",
    "DIFFERENT", "DIRECTED", "EACH", "EDGE", "EDGES", "ELEMENT", "ELEMENTS", "EMBEDDING", "ENDS", "ERROR", "EXPLAIN", "FAIL",
    "FIELDTERMINATOR", "FIRST", "FOREACH", "FULLTEXT", "GRAPH", "GROUPS", "HEADERS", "INDEX", "KEEP", "KEY", "KILL", "LABEL",
    "LABELED", "LABELS", "LAST", "LOAD", "MERGE", "MODEL", "NFC", "NFD", "NFKC", "NFKD", "NO", "NODE", "NORMALIZED",
    "ONLY", "OPTIONS", "ORDINALITY", "OVERWRITE", "PARQUET", "PASSWORD", "PROFILE", "PROPERTY", "QUERIES", "RANGE",
    "READ", "REFRESH", "RELATIONSHIP", "RELATIONSHIPS", "RELEASE", "REPEATABLE", "REQUIRE", "ROLE", "ROW", "ROWS",
    "SAVEPOINT", "SCORE", "SEARCH", "SHORTEST", "SHOW", "SIMPLE", "SOURCE", "STARTS", "STOP", "TASK", "TEXT", "TO",
    "TOKEN", "TOP", "TRAIL", "TRANSACTION", "TRANSACTIONS", "TYPE", "UNDIRECTED", "UNWIND", "UPSERT", "USER", "VALID",
    "VECTOR", "VERTEX", "WALK", "WITHOUT", "WRITE", "ZONE",
];

/// Reserved words that cannot be a variable everywhere, sorted: `fixed` and `guarded` in the grammar.
#[rustfmt::skip]
pub(crate) const HARD: &[&str] = &[
    "ALL", "AND", "AS", "BY", "CALL", "CASE", "COMMIT", "CREATE", "CURRENT_DATE", "CURRENT_GRAPH",
    "CURRENT_PROPERTY_GRAPH", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "DELETE", "DETACH", "DISTINCT",
    "DROP", "ELSE", "EXCEPT", "EXISTS", "FALSE", "FILTER", "FINISH", "FOR", "FROM", "GROUP", "HAVING", "HOME_GRAPH",
    "HOME_PROPERTY_GRAPH", "IN", "INSERT", "INTERSECT", "IS", "LET", "LIMIT", "LOCAL_DATETIME", "LOCAL_TIME",
    "LOCAL_TIMESTAMP", "MATCH", "NEXT", "NODETACH", "NOT", "NULL", "OFFSET", "ON", "OPTIONAL", "OR", "ORDER",
    "OTHERWISE", "REMOVE", "RETURN", "ROLLBACK", "SELECT", "SESSION", "SESSION_USER", "SET", "SKIP", "THEN", "TRUE",
    "UNION", "UNKNOWN", "USE", "WHEN", "WHERE", "WITH", "XOR", "YIELD",
];

/// Reserved words that are functions, sorted.
#[rustfmt::skip]
pub(crate) const FUNCTION_WORDS: &[&str] = &[
    "ABS", "ACOS", "ASIN", "ATAN", "AVG", "BOOL", "BOOLEAN", "BTRIM", "BYTE_LENGTH", "CARDINALITY", "CEIL",
    "CEILING", "CHARACTER_LENGTH", "CHAR_LENGTH", "COALESCE", "COLLECT_LIST", "COS", "COSH", "COT", "COUNT",
    "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "DATE", "DATETIME", "DAY", "DEGREES",
    "DURATION", "DURATION_BETWEEN", "ELEMENT_ID", "EXP", "FLOAT", "FLOOR", "HOUR", "INSTANT", "INT",
    "INTEGER", "LEFT", "LN", "LOCAL_DATETIME", "LOCAL_TIME", "LOCAL_TIMESTAMP", "LOG", "LOG10", "LOWER",
    "LTRIM", "MAX", "MIN", "MINUTE", "MOD", "MONTH", "NORMALIZE", "NULLIF", "OCTET_LENGTH", "PATH_LENGTH",
    "PERCENTILE_CONT", "PERCENTILE_DISC", "POWER", "PRODUCT", "RADIANS", "REPLACE", "RIGHT", "RTRIM",
    "SECOND", "SESSION_USER", "SIN", "SINH", "SIZE", "SQRT", "STDDEV_POP", "STDDEV_SAMP", "STRING",
    "SUBSTRING", "SUM", "TAN", "TANH", "TIME", "TIMESTAMP", "UPPER", "YEAR", "ZONED_DATETIME", "ZONED_TIME",
];

static KEYWORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut all: Vec<&'static str> = RESERVED.iter().chain(NON_RESERVED).copied().collect();
    all.sort_unstable();
    all
});

/// All keywords, upper case and sorted: the reserved words of the standard and those that only mean something in place.
pub fn keywords() -> &'static [&'static str] {
    &KEYWORDS
}

fn contains(sorted: &[&str], word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    sorted.binary_search(&upper.as_str()).is_ok()
}

/// Whether ISO/IEC 39075 reserves the word, in any case. Most reserved words are names here wherever no parenthesis
/// follows.
pub fn is_reserved(word: &str) -> bool {
    contains(RESERVED, word)
}

/// Whether the word needs backticks as a variable, in at least one place.
pub(crate) fn is_hard(word: &str) -> bool {
    contains(HARD, word)
}

/// Whether the word is a keyword in at least one place.
pub(crate) fn is_keyword(word: &str) -> bool {
    contains(RESERVED, word) || contains(NON_RESERVED, word)
}

/// Whether the word is reserved and is a function when a parenthesis follows.
pub(crate) fn is_function_word(word: &str) -> bool {
    contains(FUNCTION_WORDS, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(
            RESERVED.is_sorted() && NON_RESERVED.is_sorted() && FUNCTION_WORDS.is_sorted() && keywords().is_sorted()
        );
        assert!(FUNCTION_WORDS.iter().all(|w| is_reserved(w)));
        assert!(HARD.is_sorted() && HARD.iter().all(|w| is_reserved(w)));
        assert!(NON_RESERVED.iter().all(|w| !is_reserved(w)));
    }

    #[test]
    fn reserved_in_any_case() {
        assert!(is_reserved("count") && is_reserved("Match") && is_reserved("VALUE"));
        assert!(!is_reserved("node") && !is_reserved("type") && !is_reserved("merge") && !is_reserved("matchx"));
    }
}
