import PodModel
import PodPlanning
import Testing

@testable import podrun

private func command(_ line: String) throws -> Command {
    try CommandLineParser.parse(line.split(separator: " ").map(String.init)).command
}

private func usageError(_ line: String) -> String {
    do {
        return "understood: \(try command(line))"
    } catch let error as UsageError {
        return error.description
    } catch {
        return "\(error)"
    }
}

struct CommandLineParserTests {
    @Test(arguments: [
        ("get pods", GetOptions()),
        ("get Pods", GetOptions()),
        ("get po -n a", GetOptions(namespace: "a")),
        ("-n a get pods", GetOptions(namespace: "a")),
        ("get pods -na", GetOptions(namespace: "a")),
        ("get pods --namespace=a", GetOptions(namespace: "a")),
        ("get pods -A", GetOptions(namespace: "")),
        ("get pod web db -o wide", GetOptions(groups: [ObjectGroup(.pod, ["web", "db"])], format: .wide)),
        ("get pod/web pods/db -ojson", GetOptions(groups: [ObjectGroup(.pod, ["web", "db"])], format: .json)),
        ("get pods -w --no-headers", GetOptions(watch: true, headers: false)),
        ("get pods --watch=false", GetOptions()),
        ("get pods -- web", GetOptions(groups: [ObjectGroup(.pod, ["web"])])),
        ("get all", GetOptions(showsKinds: true)),
        ("get po,cm,pods", GetOptions(groups: [ObjectGroup(.pod), ObjectGroup(.configMap)], showsKinds: true)),
        (
            "get pod/web cm/site pod/db",
            GetOptions(
                groups: [ObjectGroup(.pod, ["web"]), ObjectGroup(.configMap, ["site"]), ObjectGroup(.pod, ["db"])],
                showsKinds: true)
        ),
        ("get po -L app,tier -L x --show-labels", GetOptions(labelColumns: ["app", "tier", "x"], showsLabels: true)),
    ])
    func get(line: String, wanted: GetOptions) throws {
        #expect(try command(line) == .get(wanted))
    }

    @Test func apply() throws {
        #expect(
            try command("apply -f a.yaml b --wait=false") == .apply(ApplyOptions(files: ["a.yaml", "b"], wait: false)))
        #expect(
            try command("apply - --without-enforcement -n x")
                == .apply(ApplyOptions(files: ["-"], namespace: "x", withoutEnforcement: true)))
        #expect(
            try command("replace --force --grace-period=5 -f a.yaml")
                == .apply(ApplyOptions(verb: .replace, files: ["a.yaml"], force: true, gracePeriodSeconds: 5)))
        #expect(
            try command("create -f a.yaml --dry-run=server")
                == .apply(ApplyOptions(verb: .create, files: ["a.yaml"], dryRun: .server)))
    }

    @Test func logs() throws {
        var wanted = LogsOptions(pod: "web")
        wanted.container = "app"
        wanted.follow = true
        wanted.tail = 20
        wanted.since = .nanoseconds(90_000_000_000)
        #expect(try command("logs -f web -c app --tail=20 --since 1m30s") == .logs(wanted))
        #expect(try command("logs web --tail -1") == .logs(LogsOptions(pod: "web")))
        var named = LogsOptions(pod: "web")
        named.container = "app"
        #expect(try command("logs pod/web app") == .logs(named))
    }

    @Test func execKeepsTheCommandAsItIs() throws {
        let wanted = ExecOptions(
            pod: "web", container: "app", stdin: true, tty: true, command: ["sh", "-c", "--", "-n", "x"])
        #expect(try command("exec -it web -c app -- sh -c -- -n x") == .exec(wanted))
    }

    @Test func attach() throws {
        let wanted = AttachOptions(namespace: "x", pod: "web", container: "app", stdin: true, tty: true, quiet: true)
        #expect(try command("attach -it pod/web -c app -n x -q") == .attach(wanted))
        #expect(try command("attach web") == .attach(AttachOptions(pod: "web")))
    }

    @Test func debug() throws {
        var wanted = DebugOptions(pod: "web", image: "busybox")
        wanted.target = "app"
        wanted.stdin = true
        wanted.tty = true
        wanted.attaches = true
        wanted.command = ["sh", "-c", "ps"]
        #expect(try command("debug pod/web -it --image busybox --target=app -- sh -c ps") == .debug(wanted))
        var quiet = DebugOptions(pod: "web", image: "b")
        quiet.container = "watch"
        quiet.isArgumentsOnly = true
        quiet.environment = [EnvVar(name: "A", value: "x=y")]
        quiet.pullPolicy = "Never"
        quiet.profile = .netadmin
        quiet.quiet = true
        let line =
            "debug web -q --image=b -c watch --env A=x=y --arguments-only --image-pull-policy Never --profile=netadmin"
        #expect(try command(line) == .debug(quiet))
        var copied = DebugOptions(pod: "web", image: "")
        copied.container = "app"
        copied.command = ["sh"]
        var copy = DebugCopy(name: "try")
        copy.images = ["*": "b:1", "side": "c"]
        copy.sharesProcesses = false
        copy.replaces = true
        copied.copy = copy
        let words = "debug web --copy-to try -c app --set-image *=b:1,side=c --share-processes=false --replace -- sh"
        #expect(try command(words) == .debug(copied))
    }

    @Test func delete() throws {
        var wanted = DeleteOptions(groups: [ObjectGroup(.pod, ["a", "b"])], target: .named)
        wanted.gracePeriodSeconds = 1
        #expect(try command("delete pod a b --now") == .delete(wanted))
        var forced = DeleteOptions(target: .all, namespace: "")
        forced.gracePeriodSeconds = 0
        forced.wait = false
        #expect(try command("delete pods --all -A --force --grace-period=0 --wait=false") == .delete(forced))
        #expect(try command("delete -f x.yaml") == .delete(DeleteOptions(target: .files(["x.yaml"]))))
        let fields = try FieldSelector(parsing: "status.phase=Failed")
        var selected = DeleteOptions(target: .selected(LabelQuery(), fields), namespace: "")
        selected.dryRun = .server
        selected.printsNames = true
        let words = "delete po -A --field-selector status.phase=Failed --dry-run=server -o name"
        #expect(try command(words) == .delete(selected))
    }

    @Test func groups() throws {
        #expect(try command("image load a.tar --name web:1") == .image(.load(path: "a.tar", name: "web:1")))
        #expect(try command("image list") == .image(.list(headers: true)))
        #expect(try command("system info") == .systemInfo)
        #expect(try command("image prune -af") == .image(.prune(all: true, force: true)))
        #expect(try command("image save a b -o x.tar") == .image(.save(images: ["a", "b"], output: "x.tar")))
        #expect(try command("image inspect a -o yaml") == .image(.inspect(images: ["a"], .yaml)))
        #expect(try command("image verify") == .image(.verify(images: [])))
    }

    @Test func pull() throws {
        var wanted = PullOptions(images: ["a", "b"])
        wanted.platform = "linux/arm/v7"
        wanted.credentials = "me:secret"
        wanted.json = true
        #expect(try command("pull a b --platform linux/arm/v7 --creds me:secret -o json") == .pull(wanted))
        #expect(try command("image pull -q a") == .pull(PullOptions(images: ["a"], quiet: true)))
        #expect(try command("worker gc --data-dir=/x sha256:1") == .worker(["gc", "sha256:1"]))
    }

    @Test func imageCollection() throws {
        var wanted = AgentFlags()
        wanted.imagePolicy.highThresholdPercent = 60
        wanted.imagePolicy.lowThresholdPercent = 50
        wanted.imagePolicy.minimumAge = .seconds(30)
        wanted.imagePolicy.maximumAge = .seconds(604_800)
        let line =
            "agent --image-gc-high-threshold=60 --image-gc-low-threshold=50 --minimum-image-ttl-duration=30s "
            + "--image-maximum-gc-age=168h"
        #expect(try command(line) == .agent(wanted))
    }

    @Test func help() throws {
        #expect(try command("") == .help([]))
        #expect(try command("get --help") == .help(["get"]))
        #expect(try command("image -h") == .help(["image"]))
        #expect(try command("help image load") == .help(["image", "load"]))
        for verb in ArgumentTable.verbs {
            let text = try #require(HelpText.text(for: verb.path))
            for flag in verb.flags where !flag.isHidden { #expect(text.contains("--\(flag.name)")) }
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.hasPrefix("  podrun") })
            #expect(verb.isHidden || !verb.examples.isEmpty, "\(verb.name) has no example")
            for (line, _) in verb.examples where line.hasPrefix("podrun \(verb.name)") && !line.contains("'") {
                let words = line.split(separator: " ").dropFirst().prefix { $0 != "|" && !$0.hasPrefix(">") }.map(
                    String.init)
                #expect(throws: Never.self, "\(line)") { try CommandLineParser.parse(words) }
            }
        }
    }

    @Test(arguments: [
        ("gte pods", "unknown command \"gte\" for \"podrun\"\n\nDid you mean this?\n\tget"),
        ("image laod x", "unknown command \"laod\" for \"podrun image\"\n\nDid you mean this?\n\tload"),
        ("get pods --wathc", "unknown flag: --wathc\n\nDid you mean this?\n\t--watch"),
        ("get pods -x", "unknown shorthand flag: 'x' in -x"),
        (
            "delete web",
            "the server doesn't have a resource type \"web\"\n\nDid you mean this?\n\tpodrun delete pod web"
        ),
        ("get deploy", "the server doesn't have a resource type \"deploy\""),
        ("get NS", "the server doesn't have a resource type \"NS\""),
        ("describe ingresses", "the server doesn't have a resource type \"ingresses\""),
        // Near `pvc`.
        ("get pv", "the server doesn't have a resource type \"pv\""),
        ("get pds", "the server doesn't have a resource type \"pds\"\n\nDid you mean this?\n\tpods"),
        ("get pods,cm web", "you must specify only one resource"),
        ("get pods,cm -w", "you may only specify a single resource type"),
        ("get pods --namespace", "flag needs an argument: --namespace"),
        ("delete pod", "resource(s) were provided, but no name was specified"),
        ("delete pod a --all", "name cannot be provided when --all is given"),
        ("delete pod a --now --grace-period 3", "--now and --grace-period cannot be specified together"),
        ("exec web ls", "exec [POD] [COMMAND] is not supported. Use exec [POD] -- [COMMAND] instead"),
        ("attach web app", "expected POD, TYPE/NAME, or TYPE NAME, got 2 arguments: web app"),
        ("debug web", "you must specify --image when not using --copy-to."),
        ("debug web --image b --replace", "--replace may only be used with --copy-to."),
        ("debug web --copy-to c", "you must specify --image, --set-image or command arguments."),
        ("debug web --copy-to c -- sh", "you must specify an existing container or a new image when specifying args."),
        (
            "debug web --copy-to c --image b --target app",
            "--target is incompatible with --copy-to. Use --share-processes instead."
        ),
        ("debug web --image b --env x", "x must be formatted as key=value"),
        ("debug web --image b -t", "-i/--stdin is required for containers with -t/--tty=true"),
        ("debug web --image b --profile x", "unknown profile: x"),
        ("exec web --", "you must specify at least one command for the container"),
        ("logs web --tail x", "invalid value \"x\" for --tail: not a whole number"),
        ("logs web --since 5", "invalid value \"5\" for --since: a duration such as 5s, 2m or 3h"),
        ("logs -f -p web", "only one of --follow or --previous may be given"),
        ("pull", "pull needs an IMAGE"),
        (
            "pull a -o yaml",
            "unable to match a printer suitable for the output format \"yaml\", allowed formats are: json"
        ),
        ("pull a --creds :x", "invalid value for --creds: USER or USER:PASSWORD"),
        (
            "agent --image-gc-high-threshold 70",
            "--image-gc-low-threshold must be below --image-gc-high-threshold (80 and 70)"
        ),
        ("apply", "apply needs a FILE (or a directory, or - for stdin)"),
        ("create", "must specify one of -f FILE, configmap and secret"),
        ("create confgmap x", "unknown command \"confgmap\" for \"podrun create\"\n\nDid you mean this?\n\tconfigmap"),
        ("apply a --dry-run=x", "Invalid dry-run value (x). Must be \"none\", \"server\", or \"client\"."),
        ("apply a --grace-period=1", "--grace-period must have --force specified"),
        ("apply - -", "stdin (-) can be read only once"),
        ("image", "\"podrun image\" needs a command behind it"),
        ("version -o xml", "--output must be 'yaml' or 'json'"),
        ("version x", "version takes no argument, but got \"x\""),
        ("get pods --watch=maybe", "invalid value \"maybe\" for --watch: true or false"),
    ])
    func mistakesAreExplained(line: String, wanted: String) {
        #expect(usageError(line) == wanted)
    }

    @Test(arguments: ["../../x", "-x", "a/b", "", "a\u{0}b", "A", "a.", String(repeating: "a", count: 4096)])
    func namesAreCheckedBeforeTheyBecomePaths(name: String) {
        for words in [
            ["logs", "--", name], ["exec", "pod/" + name, "--", "ls"], ["get", "pod/" + name],
            ["delete", "pod/" + name],
            ["describe", "pod", "--", name], ["get", "pods", "--namespace=" + name],
            ["logs", "web", "--container=" + name],
        ] {
            #expect(throws: UsageError.self) { try CommandLineParser.parse(words) }
        }
    }

    @Test(arguments: [
        ("1h30m", 5_400_000_000_000), ("1.5s", 1_500_000_000), ("250ms", 250_000_000), ("0", 0), ("2us", 2000),
    ])
    func durations(text: String, nanoseconds: Int64) {
        #expect(GoDuration.nanoseconds(text) == nanoseconds)
    }

    @Test(arguments: ["", "5", "s", "-1s", "1x", "1e9h", "999999999999h"])
    func badDurations(text: String) {
        #expect(GoDuration.nanoseconds(text) == nil)
    }
}
