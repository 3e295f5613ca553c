import Foundation
import Glibc
import Synchronization

/// The server side: accepting, reading requests, injecting faults, answering.
extension R2Double {
    func acceptConnections(_ listener: Int32) {
        while true {
            let descriptor = accept(listener, nil, nil)
            if descriptor < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                break
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let isAdmitted = state.withLock { state in
                guard state.listener != nil else { return false }
                state.connections.insert(descriptor)
                state.connectionsAccepted += 1
                state.threads.append(JoinableThread.start { self.serve(descriptor) })
                return true
            }
            if !isAdmitted { _ = close(descriptor) }
        }
        state.withLock { $0.listener = nil }
        _ = close(listener)
    }

    /// Stops listening and cuts every connection; the threads end by themselves.
    func goAway() {
        state.withLock { state in
            if let listener = state.listener {
                _ = shutdown(listener, Int32(SHUT_RDWR))
                state.listener = nil
            }
            for descriptor in state.connections { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private func serve(_ descriptor: Int32) {
        let connection = LoopbackConnection(descriptor: descriptor)
        while let head = connection.readHead() {
            guard let request = R2Request(head: head) else {
                let refusal = R2Response.error(400, "InvalidRequest", "This is not an HTTP/1.1 request.")
                let bytes = refusal.head(lengthDifference: 0, closing: true) + refusal.body
                _ = connection.send(bytes[...], progress: { _ in }, resting: {})
                connection.finishSending()
                break
            }
            guard answer(request, on: connection) else { break }
        }
        state.withLock { state in
            state.connections.remove(descriptor)
            // Closed under the lock, so that nobody shuts down a descriptor that has been given out again.
            _ = close(descriptor)
        }
    }

    /// Answers one request; false when the connection is to be closed.
    private func answer(_ request: R2Request, on connection: LoopbackConnection) -> Bool {
        let (index, fault) = begin(request)
        let expected = request.contentLength ?? 0

        switch fault {
        case .goneFromNowOn:
            update(index) { $0.ending = .cut }
            goAway()
            return false
        case .stall:
            connection.discardUntilEnd()
            update(index) { $0.ending = .clientLeft }
            return false
        case .closeAfterRequestBytes(let count):
            let body = connection.readBody(count: min(count, expected))
            update(index) { record in
                record.bytes = body?.count ?? 0
                record.ending = .cut
            }
            return false
        default:
            break
        }

        if let refusal = Self.refusalBeforeBody(request) {
            return send(refusal, to: request, index: index, fault: nil, closing: true, on: connection)
        }
        guard let body = connection.readBody(count: expected) else {
            update(index) { $0.ending = .clientLeft }
            return false
        }
        update(index) { $0.bytes = body.count }

        switch fault {
        case .closeBeforeAnswer:
            update(index) { $0.ending = .cut }
            return false
        case .status(let status, let code, let retryAfter, let done):
            if done { _ = perform(request, body: body) }
            let fields = retryAfter.map { [(name: "Retry-After", value: "\($0)")] } ?? []
            let response = R2Response.error(status, code, "The double was asked to fail.", fields: fields)
            return send(response, to: request, index: index, fault: nil, closing: false, on: connection)
        case .okWithErrorBody(let code):
            let response = R2Response.error(200, code, "We encountered an internal error. Please try again.")
            return send(response, to: request, index: index, fault: nil, closing: false, on: connection)
        case .answerLostAfterDoing:
            _ = perform(request, body: body)
            update(index) { $0.ending = .cut }
            return false
        default:
            let response = perform(request, body: body)
            return send(response, to: request, index: index, fault: fault, closing: false, on: connection)
        }
    }

    /// What R2 does not take, told from the head alone.
    private static func refusalBeforeBody(_ request: R2Request) -> R2Response? {
        func notImplemented(_ what: String) -> R2Response {
            .error(501, "NotImplemented", "\(what) is not implemented.")
        }
        if request.header("expect") != nil { return notImplemented("Expect: 100-continue") }
        if request.header("transfer-encoding") != nil { return notImplemented("Transfer-Encoding") }
        if (request.header("content-encoding") ?? "").contains("aws-chunked") { return notImplemented("aws-chunked") }
        for field in request.fields where field.name.hasPrefix("x-amz-") {
            let isKnown =
                ["x-amz-date", "x-amz-content-sha256", "x-amz-security-token"].contains(field.name)
                || field.name.hasPrefix("x-amz-meta-")
            if !isKnown { return notImplemented("Header '\(field.name)'") }
        }
        if request.method == "PUT" || request.method == "POST", request.contentLength == nil {
            return .error(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
        }
        return nil
    }

    /// Checks the signature and the digests, then carries the request out.
    private func perform(_ request: R2Request, body: [UInt8]) -> R2Response {
        let check = signatureCheck
        let digest = R2Digest.sha256(body)
        let isRead = request.operation == .getObject || request.operation == .headObject
        let isAnonymous = isRead && request.header("authorization") == nil && state.withLock { $0.isPublic }
        if !isAnonymous, let refusal = check.refusal(of: request, bodySHA256: digest, now: time(nil)) { return refusal }
        let md5 = R2Digest.md5(body)
        if let claimed = request.header("content-md5"), claimed != R2Digest.base64(md5) {
            return .error(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
        }
        return state.withLock { $0.bucket.perform(request, body: body, md5: md5) }
    }

    /// Sends an answer, as the fault bends it; false when the connection is to be closed.
    private func send(
        _ response: R2Response, to request: R2Request, index: Int, fault: R2Fault?, closing: Bool,
        on connection: LoopbackConnection
    ) -> Bool {
        var response = fault == .wrongETag ? Self.withWrongETag(response) : response
        if request.method == "HEAD" {
            response.headLength = response.headLength ?? response.body.count
            response.body = []
        }
        var difference = 0
        var end = response.body.count
        var chunk = max(1, response.body.count)
        var closes = closing
        var stalls = false
        switch fault {
        case .lyingContentLength(let by):
            difference = by
            closes = true
        case .truncateBodyAfter(let count):
            end = min(count, end)
            closes = true
        case .stallBodyAfter(let count):
            end = min(count, end)
            stalls = true
        case .slow(let bytesPerChunk):
            chunk = max(1, bytesPerChunk)
        default:
            break
        }

        let progress: (Int) -> Void = { count in self.update(index) { $0.bytesSent += Int64(count) } }
        let resting: () -> Void = { self.update(index) { $0.clientRested = true } }
        let head = response.head(lengthDifference: difference, closing: closing)
        var isSent = connection.send(head[...], progress: progress, resting: resting)
        var position = 0
        while isSent, position < end {
            let next = min(end, position + chunk)
            isSent = connection.send(response.body[position..<next], progress: progress, resting: resting)
            position = next
            if position < end { connection.pause(milliseconds: 1) }
        }
        if stalls { connection.discardUntilEnd() }
        let isWhole = isSent && end == response.body.count && difference == 0
        update(index) { $0.ending = isSent ? (isWhole ? .answered(response.status) : .cut) : .clientLeft }
        if closing { connection.finishSending() }
        return isSent && !closes && !stalls
    }

    /// The same answer with an ETag that is not the object's, in the head and in the document.
    private static func withWrongETag(_ response: R2Response) -> R2Response {
        let wrong = "00000000000000000000000000000000"
        var response = response
        response.fields = response.fields.map { $0.name == "ETag" ? (name: "ETag", value: "\"\(wrong)\"") : $0 }
        let text = String(decoding: response.body, as: UTF8.self)
        if response.fields.contains(where: { $0.value == "application/xml" }),
            let start = text.range(of: "<ETag>"), let end = text.range(of: "</ETag>")
        {
            let changed = "\(text[..<start.upperBound])&quot;\(wrong)&quot;\(text[end.lowerBound...])"
            response.body = Array(changed.utf8)
        }
        return response
    }

    private func begin(_ request: R2Request) -> (index: Int, fault: R2Fault?) {
        let headers = Dictionary(
            request.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { "\($0), \($1)" })
        let record = R2RecordedRequest(
            method: request.method, operation: request.operation, key: request.key,
            range: request.header("range"), headers: headers)
        let (index, fault, ready) = state.withLock { state in
            state.requests.append(record)
            state.rotateCredentials(at: request)
            let fault = state.takeFault(for: request)
            let requests = state.requests
            return (requests.count - 1, fault, state.takeWaiters { $0.condition(requests) })
        }
        for waiter in ready { waiter.resume() }
        return (index, fault)
    }

    private func update(_ index: Int, _ change: (inout R2RecordedRequest) -> Void) {
        let ready = state.withLock { state in
            change(&state.requests[index])
            guard !state.waiters.isEmpty else { return [R2DoubleState.Waiter]() }
            let requests = state.requests
            return state.takeWaiters { $0.condition(requests) }
        }
        for waiter in ready { waiter.resume() }
    }
}
