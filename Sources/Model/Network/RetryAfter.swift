/// The header field `Retry-After` (RFC 9110, 10.2.3): seconds, or a date as servers write it.
package enum RetryAfter {
    /// Seconds from `now`, never negative; nil where the field says nothing that can be understood.
    package static func seconds(_ text: String?, now: Timestamp) -> Int64? {
        guard let text, !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ (48...57).contains($0) }) { return Int64(text) ?? .max }
        return date(text).map { max(0, $0.seconds - now.seconds) }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate); the two forms that nobody writes any more are not read.
    private static func date(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT", words[3].utf8.count == 4,
            words[1].utf8.count == 2, words[4].utf8.count == 8,
            let month = HTTPDate.months.firstIndex(where: { $0 == words[2] })
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp("\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }
}
