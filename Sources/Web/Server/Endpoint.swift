import NIOCore

/// A place to listen at, and what is behind it.
package struct Endpoint: Sendable, Equatable {
    package enum Place: Sendable, Equatable {
        /// With port 0 the kernel picks one.
        case tcp(host: String, port: Int)
        /// The socket's file gets the mode 0660.
        case unix(path: String)
        /// Bound by the service manager and passed on.
        case passed(descriptor: Int32)
    }

    package enum Door: Sendable, Hashable {
        /// Whoever comes shows a token.
        case network
        /// The control socket: whoever can open it may do everything. The server runs without it where it cannot be made.
        case control
    }

    package let place: Place
    package let door: Door

    package init(_ place: Place, door: Door = .network) {
        self.place = place
        self.door = door
    }
}

/// Where the server listens, as far as the kernel says.
package enum BoundAddress: Sendable, Equatable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)

    init(_ address: SocketAddress?, of place: Endpoint.Place) {
        if let host = address?.ipAddress, let port = address?.port {
            self = .tcp(host: host, port: port)
        } else if case .tcp(let host, let port) = place {
            self = .tcp(host: host, port: port)
        } else if case .unix(let path) = place {
            self = .unix(path: path)
        } else {
            self = .unix(path: address?.pathname ?? "")
        }
    }

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// What is known of a request from how it came.
package struct Arrival: Sendable {
    /// The connection.
    package let channel: any Channel
    /// What it was accepted for.
    package let door: Endpoint.Door
}
