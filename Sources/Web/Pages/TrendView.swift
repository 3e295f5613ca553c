import Appliance
import Model

/// A figure and how it went over the last runs.
struct TrendView {
    /// `310 MiB`
    let figure: String
    /// The picture: HTML that needs no escaping any more; empty with fewer than two runs.
    let picture: String
    /// What the picture shows, in words.
    let story: String

    /// Of the uncompressed dump.
    static func size(_ trend: [Overview.Trend]) -> TrendView? {
        guard let last = trend.last else { return nil }
        let values = trend.map { Double($0.dumpBytes) }
        let story = tell("Size of the dump", trend.map(\.dumpBytes)) { SizeText.format($0) }
        return TrendView(
            figure: SizeText.format(last.dumpBytes), picture: Sparkline.line(values, label: story), story: story)
    }

    static func duration(_ trend: [Overview.Trend]) -> TrendView? {
        guard let last = trend.last else { return nil }
        let values = trend.map { Double($0.seconds) }
        let story = tell("Duration", trend.map(\.seconds)) { FigureText.duration($0) }
        return TrendView(
            figure: FigureText.duration(last.seconds), picture: Sparkline.bars(values, label: story), story: story)
    }

    /// `Size of the dump in the last 30 runs: between 1.2 GiB and 1.4 GiB, newest 1.4 GiB.`
    private static func tell(_ subject: String, _ values: [Int64], _ words: (Int64) -> String) -> String {
        guard let low = values.min(), let high = values.max(), let last = values.last else { return "" }
        if values.count == 1 { return "\(subject) in the only run: \(words(last))." }
        return "\(subject) in the last \(values.count) runs: between \(words(low)) and \(words(high)), "
            + "newest \(words(last))."
    }
}
