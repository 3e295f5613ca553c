import Foundation
import Model
import Synchronization

/// The server side: reading requests, injecting faults, answering.
extension RemoteDouble {
    func serve(_ connection: LoopbackConnection) {
        while let head = connection.readHead(), let request = R2Request(head: head),
            let body = connection.readBody(count: request.contentLength ?? 0)
        {
            guard answer(request, body, on: connection) else { return }
        }
    }

    /// Answers one request; false when the connection is to be closed.
    private func answer(_ request: R2Request, _ body: [UInt8], on connection: LoopbackConnection) -> Bool {
        let (index, fault) = state.withLock { state in
            state.requests.append(
                Request(method: request.method, path: request.rawPath, bytes: body.count, status: nil))
            return (state.requests.count - 1, state.takeFault())
        }
        var response: R2Response
        switch fault {
        case .dropped: return false
        case .throttled(let retryAfter):
            response = throttled
            if let retryAfter { response.fields.append((name: "Retry-After", value: retryAfter)) }
        case .status(let status, let text): response = R2Response(status: status, body: Array(text.utf8))
        case .locked:
            response = perform(request, body, failing: RemoteRefusal(kind: .locked, message: lockedWords))
        case .tooSlow:
            response = perform(request, body, failing: RemoteRefusal(kind: .tooSlow, message: tooSlowWords))
        case .revokeToken:
            state.withLock { $0.takesToken = false }
            response = perform(request, body)
        case .expireStreams:
            engine.expireStreams()
            response = perform(request, body)
        case .endTransactions:
            engine.endTransactions()
            response = perform(request, body)
        case .answerLost, .halfAnswer, .slow, nil: response = perform(request, body)
        }
        if fault == .answerLost { return false }
        state.withLock { $0.requests[index].status = response.status }
        return send(response, fault, on: connection)
    }

    /// Sends an answer, as the fault bends it; false when the connection is to be closed.
    private func send(_ response: R2Response, _ fault: RemoteFault?, on connection: LoopbackConnection) -> Bool {
        let head = response.head(lengthDifference: 0, closing: false)
        guard connection.send(head[...], progress: { _ in }, resting: {}) else { return false }
        var chunk = max(1, response.body.count)
        if case .slow(let bytesPerChunk)? = fault { chunk = max(1, bytesPerChunk) }
        let end = fault == .halfAnswer ? response.body.count / 2 : response.body.count
        var position = 0
        while position < end {
            let next = min(end, position + chunk)
            guard connection.send(response.body[position..<next], progress: { _ in }, resting: {}) else { return false }
            position = next
            if position < end { connection.pause(milliseconds: 1) }
        }
        return fault != .halfAnswer
    }

    /// - Parameter failing: What the statement ends with instead of being run.
    private func perform(_ request: R2Request, _ body: [UInt8], failing: RemoteRefusal? = nil) -> R2Response {
        let given = request.header("authorization")
        let isKnown = given == "Bearer \(token)" && state.withLock { $0.takesToken }
        guard isKnown else { return unauthorized(hasToken: given != nil) }
        guard request.method == "POST" else { return .json("{\"error\":\"Method not allowed\"}", status: 405) }
        // Foundation drops a byte order mark that stands behind an escape, which the services do not.
        let mark = Array("\u{FEFF}".utf8)
        let escaped = body.contains(mark[0]) ? body.replacing(mark, with: Array(#"\ufeff"#.utf8)) : body
        guard let document = try? JSONSerialization.jsonObject(with: Data(escaped)) as? [String: Any] else {
            return .json("{\"error\":\"Invalid JSON\"}", status: 400)
        }
        switch service {
        case .starbasedb:
            return failing.map { Self.starbaseDBRefusal($0) } ?? starbaseDB(request.rawPath, document)
        case .d1: return failing.map { Self.d1Refusal($0) } ?? d1(request.rawPath, document)
        case .libsql: return libSQL(request.rawPath, document, failing: failing)
        }
    }

    /// Notes a statement, and does what has to happen before it.
    func prepare(_ sql: String) {
        let actions = state.withLock { $0.begin(sql) }
        guard !actions.isEmpty else { return }
        do {
            try engine.run(actions)
        } catch {
            state.withLock { $0.troubles.append(error) }
        }
    }

    /// What the service says where it is asked too often.
    private var throttled: R2Response {
        switch service {
        case .starbasedb: .json(#"{"error":"Too many requests"}"#, status: 429)
        case .d1:
            .json(Self.d1Error(971, "Please wait and consider throttling your request speed"), status: 429)
        case .libsql: .json(#"{"error":"Too many concurrent requests"}"#, status: 429)
        }
    }

    private var lockedWords: String {
        service == .libsql ? "database is locked" : "database is locked: SQLITE_BUSY"
    }

    private var tooSlowWords: String {
        switch service {
        case .starbasedb: "Durable Object exceeded its CPU time limit and was reset."
        case .d1: "D1 DB exceeded its CPU time limit and was reset."
        case .libsql: "interrupted"
        }
    }

    private func unauthorized(hasToken: Bool) -> R2Response {
        switch service {
        case .starbasedb: .json(#"{"error":"Unauthorized request"}"#, status: hasToken ? 400 : 401)
        case .d1: .json(Self.d1Error(10000, "Authentication error"), status: 401)
        case .libsql: .json(#"{"error":"Unauthorized: The JWT is invalid"}"#, status: 401)
        }
    }
}

extension R2Response {
    static func json(_ text: String, status: Int = 200) -> R2Response { json(Array(text.utf8), status: status) }

    static func json(_ body: [UInt8], status: Int = 200) -> R2Response {
        R2Response(status: status, fields: [(name: "Content-Type", value: "application/json")], body: body)
    }
}
