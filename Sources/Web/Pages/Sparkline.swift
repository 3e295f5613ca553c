/// Some twenty or thirty numbers as a small SVG picture beside the newest of them.
enum Sparkline {
    private static let width = 120.0
    private static let height = 28.0
    /// Kept free around the line, so that its thickness and the dot at its end stay inside.
    private static let margin = 3.0
    /// Of the bars, so that 30 of them fill the picture.
    private static let step = 4.0

    /// A line, for sizes. Its scale spans at least a fifth of the largest value: a database that grows by a percent should
    /// not look like one that explodes.
    static func line(_ values: [Double], label: String) -> String {
        guard let low = values.min(), let high = values.max(), high > 0, values.count > 1 else { return "" }
        let middle = (low + high) / 2
        let half = max((high - low) / 2, high / 10)
        let stepX = (width - 2 * margin) / Double(values.count - 1)
        let points = values.enumerated().map { index, value in
            let x = margin + Double(index) * stepX
            let y = height / 2 - (value - middle) / half * (height / 2 - margin)
            return (x: rounded(x), y: rounded(y))
        }
        guard let last = points.last else { return "" }
        let path = points.map { "\($0.x) \($0.y)" }.joined(separator: "L")
        return open(label) + "<path class=\"trend-line\" d=\"M\(path)\"/>"
            + "<circle class=\"trend-end\" cx=\"\(last.x)\" cy=\"\(last.y)\" r=\"2.6\"/></svg>"
    }

    /// Bars from zero, for durations.
    static func bars(_ values: [Double], label: String) -> String {
        guard let high = values.max(), high > 0, values.count > 1 else { return "" }
        let step = min(step, width / Double(values.count))
        // The newest stands at the right end, however few there are.
        let start = width - step * Double(values.count)
        var path = ""
        for (index, value) in values.enumerated() {
            let length = max(value / high * height, 1)
            path += "M\(rounded(start + Double(index) * step)) \(rounded(height))"
            path += "v\(rounded(-length))h\(rounded(step * 0.7))v\(rounded(length))z"
        }
        return open(label) + "<path class=\"trend-bars\" d=\"\(path)\"/></svg>"
    }

    private static func open(_ label: String) -> String {
        "<svg class=\"trend\" viewBox=\"0 0 120 28\" preserveAspectRatio=\"xMinYMid\" role=\"img\"><title>\(HTMLText.escape(label))</title>"
    }

    /// A tenth of a unit is finer than any screen shows.
    private static func rounded(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        if tenths % 10 == 0 { return "\(tenths / 10)" }
        return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }
}
