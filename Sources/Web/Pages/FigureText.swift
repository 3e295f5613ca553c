import Model

/// Figures as the pages show them, whatever the catalog or a report from a store says.
enum FigureText {
    /// Longer ones come from a clock or a report that is wrong; about 30,000 years.
    private static let longest = 1e12

    /// Of whole seconds: `under 1 s`, `14 s`, `3 min 20 s`; a clock that was set back makes no negative ones.
    static func duration(_ seconds: Int64) -> String {
        seconds < 1 ? "under 1 s" : duration(Double(seconds))
    }

    /// `0.4 s`, `14 s`, `3 min 20 s`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < longest else { return "unknown" }
        return DurationText.format(.seconds(seconds))
    }
}
