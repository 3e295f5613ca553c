import Dump
import Glibc
import Model

/// Shows how far long work is: a bar on a terminal, otherwise a line now and then.
struct ProgressDisplay {
    private static let barWidth = 24

    let title: String
    let progress: RunProgress

    /// Runs `body` with the display; programs that want JSON get none.
    static func showing<Result: Sendable>(
        _ title: String, json: Bool, _ body: (RunProgress) async throws -> Result
    ) async throws -> Result {
        let progress = RunProgress()
        let display = ProgressDisplay(title: title, progress: progress)
        let isTerminal = isatty(STDERR_FILENO) == 1
        let shown = Task { if !json { await display.show(isTerminal: isTerminal) } }
        defer { shown.cancel() }
        let result = try await body(progress)
        shown.cancel()
        await shown.value
        return result
    }

    private func show(isTerminal: Bool) async {
        let start = ContinuousClock.now
        let interval: Duration = isTerminal ? .milliseconds(200) : .seconds(30)
        while !Task.isCancelled {
            guard (try? await Task.sleep(for: interval)) != nil else { break }
            let line = text(after: ContinuousClock.now - start)
            if isTerminal {
                Output.write("\r\u{1B}[K\(line)", to: STDERR_FILENO)
            } else {
                Output.errorLine(line)
            }
        }
        if isTerminal { Output.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }

    private func text(after elapsed: Duration) -> String {
        let seconds = max(elapsed.seconds, 0.001)
        switch progress.phase {
        case .waiting: return "\(title): starting"
        case .snapshot: return "\(title): snapshot\(bar)"
        case .export:
            let rate = SizeText.format(Int64(Double(progress.dumpBytes) / seconds))
            return "\(title): export\(bar), \(CountText.format(progress.rows, "row")), "
                + "\(SizeText.format(progress.storedBytes)) stored, \(rate)/s"
        case .verify:
            return "\(title): verify\(bar)"
        }
    }

    private var bar: String {
        guard let fraction = progress.fraction else { return "" }
        let filled = Int(fraction * Double(Self.barWidth))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
        let left = progress.timeLeft.map { ", \(DurationText.format($0)) left" } ?? ""
        return " \(bar) \(Int(fraction * 100))%\(left)"
    }
}
