/// Values as the services' JSON cannot change them: each in one result column, as a letter for its type and digits.
///
/// A NULL stays one, and a finite REAL other than zero travels as a number, of which all services write the shortest
/// digits that read back. Text is cast to its bytes, in the database's encoding: its own length would end at a NUL.
struct ValueEncoding: Sendable {
    /// Whether `atan2` is asked for the sign of a zero, of which neither SQLite's text nor JavaScript's JSON has one;
    /// not every SQLite has the function.
    var tellsZerosApart = true

    /// - Parameter value: The name of a column, which need not be quoted.
    func expression(_ value: String) -> String {
        """
        CASE typeof(\(value)) WHEN 'integer' THEN 'i'||\(value) WHEN 'text' THEN 't'||hex(CAST(\(value) AS BLOB)) \
        WHEN 'blob' THEN 'x'||hex(\(value)) WHEN 'real' THEN \(real(value)) END
        """
    }

    /// The same, with no more than the type and the length of text and blobs that have more than `bytes` bytes.
    func expression(_ value: String, upTo bytes: Int) -> String {
        """
        CASE WHEN typeof(\(value)) IN ('text','blob') AND length(CAST(\(value) AS BLOB))>\(bytes) \
        THEN \(extent(value)) ELSE \(expression(value)) END
        """
    }

    /// The type and the number of bytes of text or a blob.
    func extent(_ value: String) -> String {
        "CASE typeof(\(value)) WHEN 'text' THEN 'T' WHEN 'blob' THEN 'X' END||length(CAST(\(value) AS BLOB))"
    }

    /// The sign takes the affinity of a column away, which would have a say in comparisons. Only zeros and infinities
    /// are their own halves.
    private func real(_ value: String) -> String {
        let zero = tellsZerosApart ? "CASE WHEN atan2(\(value),-1.0)<0 THEN 'r-0' ELSE 'r0' END" : value
        return """
            CASE WHEN +\(value)=0.0 THEN \(zero) WHEN \(value)*0.5=+\(value) \
            THEN CASE WHEN +\(value)>0 THEN 'r+' ELSE 'r-' END ELSE \(value) END
            """
    }
}
