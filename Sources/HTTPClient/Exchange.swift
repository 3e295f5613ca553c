internal import CCurl

/// A transfer while libcurl has it: its easy handle and what that points to. Lives on the curl thread alone.
final class Exchange {
    let transfer: Transfer
    let easy: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var connectList: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private var sent = 0
    private var status = 0
    private var fields = HTTPHeaders()
    private var hasHead = false

    /// Nil when memory is short.
    init?(_ transfer: Transfer, caBundle: String?) {
        guard let easy = curl_easy_init() else { return nil }
        self.transfer = transfer
        self.easy = easy
        errorText = .allocate(capacity: Int(nightjar_error_size()))
        errorText.initialize(repeating: 0, count: Int(nightjar_error_size()))
        setUp(transfer.request, caBundle: caBundle)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        curl_slist_free_all(connectList)
        errorText.deallocate()
    }

    private func setUp(_ request: HTTPRequest, caBundle: String?) {
        set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText))
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_HTTP_CONTENT_DECODING, 0)
        set(CURLOPT_PATH_AS_IS, 1)
        // CURL_HTTP_VERSION_1_1
        set(CURLOPT_HTTP_VERSION, 2)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_BUFFERSIZE, 65536)
        set(CURLOPT_URL, request.url)
        if let caBundle { set(CURLOPT_CAINFO, caBundle) }
        setDestination(request)
        // A proxy's answer to CONNECT is not the server's.
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        nightjar_setopt_quick_exit(easy)

        let connect = max(1, request.connectTimeout.wholeMilliseconds)
        set(CURLOPT_CONNECTTIMEOUT_MS, connect)
        if let timeout = request.timeout { set(CURLOPT_TIMEOUT_MS, max(1, timeout.wholeMilliseconds)) }
        set(CURLOPT_LOW_SPEED_LIMIT, Int64(max(1, request.stallSpeed)))
        set(CURLOPT_LOW_SPEED_TIME, max(1, request.stallTimeout.components.seconds))
        if let rate = request.maxSendRate {
            _ = nightjar_setopt_offset(easy, CURLOPT_MAX_SEND_SPEED_LARGE, max(1, rate))
        }
        setBody(request)
        setHeaders(request)

        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = nightjar_setopt_data_function(easy, CURLOPT_HEADERFUNCTION, onHeader)
        set(CURLOPT_HEADERDATA, context)
        _ = nightjar_setopt_data_function(easy, CURLOPT_WRITEFUNCTION, onBody)
        set(CURLOPT_WRITEDATA, context)
    }

    /// Where to connect to, and whether through a proxy of the environment.
    private func setDestination(_ request: HTTPRequest) {
        // A proxy cannot reach this machine's own loopback and sockets, and would resolve a name that is resolved already.
        let isLoopback = ["localhost", "127.0.0.1", "[::1]"].contains(request.host)
        if isLoopback || request.unixSocket != nil || request.resolvedAddress != nil { set(CURLOPT_NOPROXY, "*") }
        if let path = request.unixSocket { set(CURLOPT_UNIX_SOCKET_PATH, path) }
        if let text = request.resolvedAddress, let address = NumericAddress(text) {
            // HOST:PORT:ADDRESS:PORT, where what is empty stands for any and for the same. Other than CURLOPT_RESOLVE it is
            // this request's alone: https://curl.se/libcurl/c/CURLOPT_CONNECT_TO.html
            connectList = curl_slist_append(nil, "::\(address.urlText):")
            if let connectList { set(CURLOPT_CONNECT_TO, UnsafeMutableRawPointer(connectList)) }
        }
    }

    private func setBody(_ request: HTTPRequest) {
        var body: [UInt8]?
        if case .bytes(let bytes) = request.body { body = bytes }
        if body == nil && ["POST", "PUT"].contains(request.method) { body = [] }
        if let body {
            set(CURLOPT_UPLOAD, 1)
            _ = nightjar_setopt_offset(easy, CURLOPT_INFILESIZE_LARGE, Int64(body.count))
            let context = Unmanaged.passUnretained(self).toOpaque()
            _ = nightjar_setopt_data_function(easy, CURLOPT_READFUNCTION, onSend)
            set(CURLOPT_READDATA, context)
            // libcurl sends a request again when a kept connection turns out to be dead.
            _ = nightjar_setopt_seek_function(easy, CURLOPT_SEEKFUNCTION, onRewind)
            set(CURLOPT_SEEKDATA, context)
            set(CURLOPT_CUSTOMREQUEST, request.method)
        } else if request.method == "HEAD" {
            set(CURLOPT_NOBODY, 1)
        } else {
            set(CURLOPT_HTTPGET, 1)
            if request.method != "GET" { set(CURLOPT_CUSTOMREQUEST, request.method) }
        }
    }

    private func setHeaders(_ request: HTTPRequest) {
        var lines = request.headers.fields.map { field in
            // libcurl takes "Name:" as an order to leave the header out, and "Name;" as an empty value.
            field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
        }
        lines.append("Expect:")
        if request.headers["user-agent"] == nil { lines.append("User-Agent: nightjar") }
        for line in lines {
            if let longer = curl_slist_append(headerList, line) { headerList = longer }
        }
        if let headerList { set(CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(headerList)) }
    }

    /// The error for a CURLcode, in libcurl's own words for this transfer where it has any.
    func error(for code: Int32) -> HTTPError {
        // Of a socket they name the URL's host and port, which nobody has tried.
        let words = transfer.request.unixSocket == nil ? String(cString: errorText) : ""
        return transfer.error(.transfer, words.isEmpty ? HTTPError.words(for: code) : words, curlCode: code)
    }

    // MARK: - What libcurl calls

    fileprivate func receiveHeader(_ line: UnsafeRawBufferPointer) {
        // Trailers come after the body.
        if hasHead { return }
        let text = String(decoding: line, as: UTF8.self).trimmed
        if text.isEmpty {
            // 100 Continue and 103 Early Hints precede the answer.
            guard status >= 200 else { return }
            hasHead = true
            transfer.deliver(HTTPResponseHead(status: status, headers: fields))
        } else if text.hasPrefix("HTTP/") {
            let words = text.split(separator: " ")
            status = words.count > 1 ? Int(words[1]) ?? 0 : 0
            fields = HTTPHeaders()
        } else if let colon = text.firstIndex(of: ":") {
            fields.add(String(text[..<colon]), String(text[text.index(after: colon)...]).trimmed)
        }
    }

    fileprivate func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard case .bytes(let body) = transfer.request.body else { return 0 }
        let count = min(buffer.count, body.count - sent)
        if count > 0 {
            body.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sent..<sent + count])) }
            sent += count
        }
        return count
    }

    fileprivate func rewind(to offset: Int) -> Bool {
        guard case .bytes(let body) = transfer.request.body, offset >= 0, offset <= body.count else {
            return offset == 0
        }
        sent = offset
        return true
    }

    // MARK: - Options

    private func set(_ option: CURLoption, _ value: Int64) {
        _ = nightjar_setopt_long(easy, option, value)
    }

    private func set(_ option: CURLoption, _ text: String) {
        _ = nightjar_setopt_text(easy, option, text)
    }

    private func set(_ option: CURLoption, _ pointer: UnsafeMutableRawPointer) {
        _ = nightjar_setopt_pointer(easy, option, pointer)
    }
}

private func onHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
    exchange.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
    return size * count
}

private func onBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
    switch exchange.transfer.deliver(UnsafeRawBufferPointer(start: bytes, count: size * count)) {
    case .accepted: return size * count
    case .paused: return nightjar_write_pause()
    }
}

private func onSend(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return nightjar_read_abort() }
    let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
    return exchange.send(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
}

private func onRewind(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
    // CURL_SEEKFUNC_OK is 0, CURL_SEEKFUNC_FAIL 1; libcurl seeks from the start (SEEK_SET, 0) only.
    guard let context, origin == 0 else { return 1 }
    return Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue().rewind(to: Int(offset)) ? 0 : 1
}

extension String {
    /// Without spaces, tabs and line ends at both ends.
    fileprivate var trimmed: String {
        let blanks: Set<UInt8> = [9, 10, 13, 32]
        let bytes = Array(utf8)
        guard let first = bytes.firstIndex(where: { !blanks.contains($0) }),
            let last = bytes.lastIndex(where: { !blanks.contains($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}
