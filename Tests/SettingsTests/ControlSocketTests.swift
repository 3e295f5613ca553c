import Settings
import Testing

@Suite("The control socket")
struct ControlSocketTests {
    @Test(
        "is in the service's runtime directory, and in the state directory of every other appliance",
        arguments: [
            ("", "/run/nightjar/control.sock"), ("state_dir: /var/lib/nightjar/", "/run/nightjar/control.sock"),
            ("state_dir: /srv/n", "/srv/n/control.sock"),
            ("state_dir: /srv/n\ncontrol_socket: /run//n.sock", "/run/n.sock"),
        ])
    func path(yaml: String, expected: String) throws {
        #expect(try configuration(yaml).controlSocket == expected)
    }

    @Test("is where systemd's state directory says it")
    func stateDirectory() throws {
        let own = try configuration("", environment: ["STATE_DIRECTORY": "/var/lib/nightjar"])
        #expect(own.controlSocket == "/run/nightjar/control.sock")
        let other = try configuration("", environment: ["STATE_DIRECTORY": "/var/lib/other:/var/lib/more"])
        #expect(other.controlSocket == "/var/lib/other/control.sock")
    }

    @Test("is taken from the configuration's folder, and may be off")
    func relative() throws {
        try withConfiguration("control_socket: run/c.sock") { folder in
            let socket = try folder.load().controlSocket
            #expect(socket == "\(folder.path)/run/c.sock")
        }
        #expect(try configuration("control_socket: off").controlSocket == nil)
    }

    @Test("is missing where the state directory's path is too long for a socket")
    func long() throws {
        let folder = "/" + String(repeating: "a", count: 94)
        #expect(try configuration("state_dir: \(folder)").controlSocket == nil)
        let shorter = String(folder.dropLast())
        #expect(try configuration("state_dir: \(shorter)").controlSocket == "\(shorter)/control.sock")
    }

    @Test(
        "has complaints of its own",
        arguments: [
            ComplaintCase("control_socket: [x]\n", "1:17: `control_socket`: expected a path, found a list"),
            ComplaintCase("controlsocket: /x\n", "1:1: unknown key `controlsocket` — did you mean `control_socket`?"),
            ComplaintCase(
                "control_socket: /\(String(repeating: "a", count: 107))\n",
                "1:17: `control_socket`: is longer than a socket's path can be: 107 bytes"),
            ComplaintCase(
                "http: {listen: /run/x.sock}\ncontrol_socket: /run/x.sock\n",
                "2:17: the control socket is the socket of `http`, too: /run/x.sock"
                    + " — whoever reaches it needs no token, so it has to be one of its own"),
            ComplaintCase(
                "http: {listen: /srv/n/control.sock}\nstate_dir: /srv/n\n",
                "1:7: the control socket is the socket of `http`, too: /srv/n/control.sock"
                    + " — whoever reaches it needs no token, so it has to be one of its own"),
        ])
    func wrong(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }
}
