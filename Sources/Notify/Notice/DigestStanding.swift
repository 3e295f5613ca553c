/// How all databases are, at the top of a digest.
package struct DigestStanding: Sendable, Equatable {
    /// `All 12 databases are protected.`
    package let headline: String
    /// What to know or to do about it; may be empty.
    package let advice: String
    /// Whether nothing has to be done.
    package let isProtected: Bool
    /// A line for each database that somebody should hear of.
    package let lines: [String]

    package init(headline: String, advice: String, isProtected: Bool, lines: [String]) {
        self.headline = headline
        self.advice = advice
        self.isProtected = isProtected
        self.lines = lines
    }
}
