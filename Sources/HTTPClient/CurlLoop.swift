internal import CCurl

/// What the curl thread does: takes mail, drives the transfers, reports their ends. Lives on that thread alone.
final class CurlLoop {
    private let multi: UnsafeMutableRawPointer
    private let caBundle: String?
    private var exchanges: [UnsafeMutableRawPointer: Exchange] = [:]
    private var handles: [ObjectIdentifier: UnsafeMutableRawPointer] = [:]

    /// With nothing to do the thread sleeps until mail wakes it, but no longer than this.
    private static let longestSleepMilliseconds: Int32 = 3_600_000

    init(multi: UnsafeMutableRawPointer, caBundle: String?) {
        self.multi = multi
        self.caBundle = caBundle
    }

    /// Runs until the mailbox says stop; then every transfer left fails.
    func run(_ engine: CurlEngine) {
        while true {
            let mail = engine.takeMail()
            for transfer in mail.starting { start(transfer) }
            for transfer in mail.cancelling { cancel(transfer) }
            for transfer in mail.resuming {
                if let easy = handles[ObjectIdentifier(transfer)] { _ = nightjar_unpause(easy) }
            }
            if mail.isStopping { break }
            let code = nightjar_multi_perform(multi)
            reportEnded()
            if code != 0 { failAll("libcurl's event loop failed with code \(code)") }
            _ = nightjar_multi_poll(multi, Self.longestSleepMilliseconds)
        }
        failAll("the HTTP client has been shut down")
    }

    private func start(_ transfer: Transfer) {
        if transfer.isCancelled {
            transfer.finish(transfer.error(.cancelled, "cancelled"))
            return
        }
        guard let exchange = Exchange(transfer, caBundle: caBundle) else {
            transfer.finish(transfer.error(.stopped, "out of memory"))
            return
        }
        guard nightjar_multi_add(multi, exchange.easy) == 0 else {
            transfer.finish(transfer.error(.stopped, "libcurl did not take the request"))
            return
        }
        exchanges[exchange.easy] = exchange
        handles[ObjectIdentifier(transfer)] = exchange.easy
    }

    private func cancel(_ transfer: Transfer) {
        if let easy = handles[ObjectIdentifier(transfer)] { _ = remove(easy) }
        transfer.finish(transfer.error(.cancelled, "cancelled"))
    }

    private func reportEnded() {
        var code: Int32 = 0
        while let easy = nightjar_multi_next_ended(multi, &code) {
            guard let exchange = exchanges[easy] else { continue }
            let error = code == 0 ? nil : exchange.error(for: code)
            _ = remove(easy)
            exchange.transfer.finish(error)
        }
    }

    private func remove(_ easy: UnsafeMutableRawPointer) -> Exchange? {
        guard let exchange = exchanges.removeValue(forKey: easy) else { return nil }
        handles[ObjectIdentifier(exchange.transfer)] = nil
        _ = nightjar_multi_remove(multi, easy)
        return exchange
    }

    private func failAll(_ detail: String) {
        for easy in Array(exchanges.keys) {
            guard let exchange = remove(easy) else { continue }
            exchange.transfer.finish(exchange.transfer.error(.stopped, detail))
        }
    }
}
