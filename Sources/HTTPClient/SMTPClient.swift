import Glibc
import Synchronization

/// Gives mails to a server (RFC 5321) over libcurl, each on a connection and a thread of its own.
///
/// Certificates are always verified, and no proxy of the environment is asked.
/// https://curl.se/libcurl/c/CURLOPT_MAIL_FROM.html
package struct SMTPClient: Sendable {
    /// A recipient that the server did not take, of a mail that it took for others.
    package struct RefusedRecipient: Sendable, Equatable {
        package let address: String
        /// `550 5.1.1 no such user`
        package let reply: String
    }

    package init() {}

    /// Sends a mail to those of its recipients that the server takes.
    /// - Parameter timeout: for all of it, from connecting to the server's last answer.
    /// - Returns: the recipients that the server did not take; not all of them: that is an error.
    /// - Throws: why the server did not take it, or that the task was cancelled.
    @discardableResult
    package func send(
        _ mail: MailMessage, to server: MailServer, timeout: Duration
    ) async throws(MailError) -> [RefusedRecipient] {
        if let complaint = server.complaint ?? mail.complaint {
            throw MailError(host: server.host, detail: complaint)
        }
        let cancellation = MailCancellation()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<MailTransfer.Outcome, Never>) in
                let thread = CurlThread.start {
                    MailTransfer.run(mail, to: server, timeout: timeout, cancellation) { outcome in
                        continuation.resume(returning: outcome)
                    }
                }
                if let thread {
                    pthread_detach(thread)
                } else {
                    continuation.resume(returning: .failure(Self.noThread(server.host)))
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
        return try result.get()
    }

    private static func noThread(_ host: String) -> MailError {
        MailError(host: host, detail: "the system gives this process no more threads", isTransient: true)
    }
}

/// Tells the thread that nobody waits for the mail any more.
final class MailCancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    var isCancelled: Bool { flag.load(ordering: .relaxed) }

    func cancel() { flag.store(true, ordering: .relaxed) }
}
