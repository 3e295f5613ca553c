import HTTPTypes
import HummingbirdCore
import Logging
import Model
import NIOCore

@testable import Web

/// A request as a route sees it.
func makeRequest(
    _ method: HTTPRequest.Method = .get, _ path: String = "/", host: String? = "backups.example.org",
    _ fields: HTTPFields = [:], body: String = ""
) -> Request {
    Request(
        head: HTTPRequest(method: method, scheme: "http", authority: host, path: path, headerFields: fields),
        body: RequestBody(buffer: ByteBuffer(string: body)))
}

/// What is known of one that a token sends.
func makeContext(
    _ method: Access.Method = .basic, scope: AccessScope = .admin, token: String = "one", isSecure: Bool = false
) -> WebContext {
    var context = WebContext(log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    context.access = Access(name: token, scope: scope, method: method, digest: Array(token.utf8))
    context.peer = Peer(address: IPAddress("192.0.2.7"), isControlSocket: false, isSecure: isSecure)
    return context
}

extension HTTPField.Name {
    /// Of fields that the library has no name for.
    static func of(_ name: String) -> HTTPField.Name { FieldName.make(name) }
}
