import HTTPTypes
import Hummingbird
import HummingbirdCore

extension Router where Context == WebContext {
    /// Answers 405, with the methods that a path knows, to all the others; called after all routes were added.
    ///
    /// - Parameter withoutHead: paths whose GET does something: what HEAD would do there, nobody means.
    func answerOtherMethods(withoutHead: Set<String>) {
        let known = Dictionary(grouping: routes, by: { $0.path.description })
        for (name, group) in known {
            guard let path = group.first?.path else { continue }
            var methods = Set(group.map(\.method))
            if methods.contains(.get), !withoutHead.contains(name) { methods.insert(.head) }
            let allowed = methods.map(\.rawValue).sorted().joined(separator: ", ")
            for method in StandardMethods.all where !methods.contains(method) {
                on(path, method: method) { request, _ -> Response in
                    throw WebError(
                        .methodNotAllowed, "\(request.method.rawValue) is not possible here", hint: "Use \(allowed).",
                        headers: [.allow: allowed])
                }
            }
        }
    }
}

/// Those of RFC 9110 and RFC 5789; others are answered with 501 wherever they are sent.
enum StandardMethods {
    static let all: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .connect, .options, .trace, .patch]
}
