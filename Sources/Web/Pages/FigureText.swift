import Model

/// Figures as the pages show them, whatever the catalog or a report from a store says.
enum FigureText {
    /// Of whole seconds: `under 1 s`, `14 s`, `3 min 20 s`; a clock that was set back makes no negative ones.
    static func duration(_ seconds: Int64) -> String {
        seconds < 1 ? "under 1 s" : duration(Double(seconds))
    }

    /// `0.4 s`, `14 s`, `3 min 20 s`.
    static func duration(_ seconds: Double) -> String {
        DurationText.format(seconds: seconds)
    }
}
