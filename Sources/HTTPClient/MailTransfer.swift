internal import CCurl

/// A mail while libcurl has it: its easy handle and what that points to. Lives on one thread alone.
final class MailTransfer {
    typealias Outcome = Result<[SMTPClient.RefusedRecipient], MailError>

    private let mail: MailMessage
    private let server: MailServer
    private let cancellation: MailCancellation
    private let easy: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var mime: OpaquePointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var recipientList: UnsafeMutablePointer<curl_slist>?
    private var connectList: UnsafeMutablePointer<curl_slist>?
    private var isComplete = true
    private var replies: SMTPReplies

    /// Sends a mail, and blocks until the server has taken or refused it, and has been taken leave of.
    /// - Parameter tell: Is told before that leave: libcurl waits two minutes for a server that does not answer QUIT.
    static func run(
        _ mail: MailMessage, to server: MailServer, timeout: Duration, _ cancellation: MailCancellation,
        tell: (Outcome) -> Void
    ) {
        guard globalInitialization == 0, let transfer = MailTransfer(mail, server, cancellation) else {
            let detail = "libcurl cannot be initialised"
            return tell(.failure(MailError(host: server.host, detail: detail, isTransient: true)))
        }
        withExtendedLifetime(transfer) {
            guard transfer.setUp(timeout) else {
                let detail = "libcurl did not take the mail"
                return tell(.failure(MailError(host: server.host, detail: detail, isTransient: true)))
            }
            tell(transfer.perform())
        }
    }

    /// Nil when memory is short.
    private init?(_ mail: MailMessage, _ server: MailServer, _ cancellation: MailCancellation) {
        guard let easy = curl_easy_init() else { return nil }
        self.mail = mail
        self.server = server
        self.cancellation = cancellation
        self.easy = easy
        replies = SMTPReplies(hiding: server.secrets)
        errorText = .allocate(capacity: Int(nightjar_error_size()))
        errorText.initialize(repeating: 0, count: Int(nightjar_error_size()))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_mime_free(mime)
        curl_slist_free_all(headerList)
        curl_slist_free_all(recipientList)
        curl_slist_free_all(connectList)
        errorText.deallocate()
    }

    // MARK: - Setting up

    /// Returns whether libcurl has taken all of it: what decides where the mail goes, and how safely, among the rest.
    private func setUp(_ timeout: Duration) -> Bool {
        set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText))
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_PROTOCOLS_STR, server.encryption == .tls ? "smtps" : "smtp")
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        // CURLUSESSL_NONE and CURLUSESSL_ALL
        set(CURLOPT_USE_SSL, server.encryption == .none ? 0 : 3)
        set(CURLOPT_NOPROXY, "*")
        set(CURLOPT_URL, server.url)
        set(CURLOPT_TIMEOUT_MS, max(1, timeout.wholeMilliseconds))
        if let file = server.caFile { set(CURLOPT_CAINFO, file) }
        if let user = server.user { set(CURLOPT_USERNAME, user) }
        if let password = server.password { set(CURLOPT_PASSWORD, password) }
        if let text = server.resolvedAddress, let address = NumericAddress(text) {
            connectList = list(["::\(address.urlText):"])
            setList(CURLOPT_CONNECT_TO, connectList)
        }
        setEnvelope()
        setContent()

        let context = Unmanaged.passUnretained(self).toOpaque()
        check(nightjar_setopt_data_function(easy, CURLOPT_HEADERFUNCTION, onReply))
        set(CURLOPT_HEADERDATA, context)
        check(nightjar_setopt_progress_function(easy, onProgress))
        set(CURLOPT_XFERINFODATA, context)
        return isComplete
    }

    private func setEnvelope() {
        set(CURLOPT_MAIL_FROM, "<\(mail.from)>")
        recipientList = list(mail.to.map { "<\($0)>" })
        setList(CURLOPT_MAIL_RCPT, recipientList)
        check(nightjar_setopt_allow_refused_recipients(easy))
    }

    private func setContent() {
        // libcurl adds the boundary, and MIME-Version: https://curl.se/libcurl/c/smtp-mime.html
        headerList = list(mail.headerLines + ["Content-Type: multipart/alternative"])
        setList(CURLOPT_HTTPHEADER, headerList)
        mime = curl_mime_init(easy)
        guard let mime else {
            isComplete = false
            return
        }
        // The last part is the one that readers prefer (RFC 2046, 5.1.4).
        add(mail.text, "text/plain", to: mime)
        add(mail.html, "text/html", to: mime)
        set(CURLOPT_MIMEPOST, UnsafeMutableRawPointer(mime))
    }

    private func add(_ text: String, _ type: String, to mime: OpaquePointer) {
        guard let part = curl_mime_addpart(mime) else {
            isComplete = false
            return
        }
        // quoted-printable keeps line ends of this form only.
        let wire = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        check(Int32(curl_mime_data(part, wire, wire.utf8.count).rawValue))
        check(Int32(curl_mime_type(part, "\(type); charset=utf-8").rawValue))
        check(Int32(curl_mime_encoder(part, "quoted-printable").rawValue))
    }

    private func list(_ lines: [String]) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                return nil
            }
            list = longer
        }
        return list
    }

    private func check(_ code: Int32) {
        if code != 0 { isComplete = false }
    }

    private func set(_ option: CURLoption, _ value: Int64) {
        check(nightjar_setopt_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ text: String) {
        check(nightjar_setopt_text(easy, option, text))
    }

    private func set(_ option: CURLoption, _ pointer: UnsafeMutableRawPointer) {
        check(nightjar_setopt_pointer(easy, option, pointer))
    }

    private func setList(_ option: CURLoption, _ list: UnsafeMutablePointer<curl_slist>?) {
        guard let list else {
            isComplete = false
            return
        }
        set(option, UnsafeMutableRawPointer(list))
    }

    // MARK: - Sending

    private func perform() -> Outcome {
        let code = curl_easy_perform(easy)
        guard code == CURLE_OK else { return .failure(error(for: code)) }
        let refused = replies.refusedRecipients(of: mail.to.count)
        return .success(
            refused.map {
                SMTPClient.RefusedRecipient(address: mail.to[$0.index], reply: words(of: $0.reply))
            })
    }

    private func error(for code: CURLcode) -> MailError {
        let host = server.host
        if cancellation.isCancelled { return MailError(host: host, detail: "cancelled", isTransient: true) }
        if let refusal = replies.refusal {
            let what = code == CURLE_LOGIN_DENIED ? "the user name or the password" : "the mail"
            return MailError(
                host: host, detail: "the server refused \(what): \(words(of: refusal))", code: refusal.code,
                isTransient: refusal.code < 500)
        }
        if code == CURLE_USE_SSL_FAILED {
            return MailError(
                host: host, detail: "the server does not offer STARTTLS, and nothing is sent without encryption")
        }
        let told = String(cString: errorText)
        let number = Int32(code.rawValue)
        return MailError(
            host: host, detail: told.isEmpty ? HTTPError.words(for: number) : told,
            isTransient: HTTPError.isTransient(number), isConnectFailure: number == HTTPError.connectFailure)
    }

    private func words(of reply: SMTPReplies.Reply) -> String {
        reply.text.isEmpty ? "\(reply.code)" : "\(reply.code) \(reply.text)"
    }

    // MARK: - What libcurl calls

    fileprivate func receive(_ line: UnsafeRawBufferPointer) { replies.add(line) }

    fileprivate var isCancelled: Bool { cancellation.isCancelled }
}

private func onReply(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue()
    transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
    return size * count
}

private func onProgress(
    _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
    guard let context else { return 1 }
    return Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue().isCancelled ? 1 : 0
}
