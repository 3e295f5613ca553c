internal import CCurl
import Glibc
import Synchronization

/// 0 once libcurl can be used; whoever makes a handle asks first.
let globalInitialization = nightjar_global_init()

/// One thread that owns a multi handle, and the mailbox through which others speak to it.
final class CurlEngine: Sendable {
    /// What the thread is asked to do next.
    struct Mail: Sendable {
        var starting: [Transfer] = []
        var cancelling: [Transfer] = []
        var resuming: [Transfer] = []
        var isStopping = false
    }

    private struct State: Sendable {
        var mail = Mail()
        var acceptsMail = true
        var thread: pthread_t?
    }

    // Only the thread uses the handle, but for curl_multi_wakeup, which is made for other threads.
    nonisolated(unsafe) private let multi: UnsafeMutableRawPointer
    private let caBundle: String?
    private let state = Mutex(State())

    init(caBundle: String?) throws(HTTPError) {
        guard globalInitialization == 0, let multi = curl_multi_init() else {
            throw HTTPError(.stopped, operation: "start", host: "libcurl", detail: "libcurl cannot be initialised")
        }
        self.multi = multi
        self.caBundle = caBundle
        try startThread()
    }

    private func startThread() throws(HTTPError) {
        guard let started = CurlThread.start({ self.runLoop() }) else {
            curl_multi_cleanup(multi)
            throw HTTPError(
                .stopped, operation: "start", host: "libcurl", detail: "the system gives this process no more threads")
        }
        state.withLock { $0.thread = started }
    }

    private func runLoop() {
        CurlLoop(multi: multi, caBundle: caBundle).run(self)
        curl_multi_cleanup(multi)
    }

    // MARK: - Mail

    /// Called by the thread. After mail that says stop there is no more.
    func takeMail() -> Mail {
        state.withLock { state in
            let mail = state.mail
            state.mail = Mail()
            if mail.isStopping { state.acceptsMail = false }
            return mail
        }
    }

    func start(_ transfer: Transfer) {
        if !post({ $0.starting.append(transfer) }) {
            transfer.finish(transfer.error(.stopped, "the HTTP client has been shut down"))
        }
    }

    func cancel(_ transfer: Transfer) {
        transfer.markCancelled()
        if !post({ $0.cancelling.append(transfer) }) { transfer.finish(transfer.error(.cancelled, "cancelled")) }
    }

    func resume(_ transfer: Transfer) {
        _ = post { $0.resuming.append(transfer) }
    }

    /// Ends every transfer and waits for the thread; does nothing the second time.
    func stop() {
        _ = post { $0.isStopping = true }
        let thread = state.withLock { state -> pthread_t? in
            let thread = state.thread
            state.thread = nil
            return thread
        }
        guard let thread else { return }
        if pthread_equal(thread, pthread_self()) != 0 {
            pthread_detach(thread)
        } else {
            pthread_join(thread, nil)
        }
    }

    /// Returns false when the thread takes no more mail. Waking inside the lock keeps the multi handle alive meanwhile.
    private func post(_ write: (inout Mail) -> Void) -> Bool {
        state.withLock { state in
            guard state.acceptsMail else { return false }
            write(&state.mail)
            _ = nightjar_multi_wakeup(multi)
            return true
        }
    }
}
