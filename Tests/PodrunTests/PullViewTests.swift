import PodImages
import PodModel
import Testing

@testable import podrun

struct PullViewTests {
    private let first = "sha256:" + String(repeating: "a", count: 64)
    private let second = "sha256:" + String(repeating: "b", count: 64)

    private func event(
        _ event: PullProgress.Event, _ layer: String = "", _ bytes: Int64 = 0, of total: Int64 = 0,
        _ message: String = ""
    ) -> PullProgress {
        var progress = PullProgress(event, image: "docker.io/library/nginx:1.27")
        progress.layer = layer
        progress.bytes = bytes
        progress.total = total
        progress.message = message
        return progress
    }

    /// What a pipe gets: docker's lines, one for each layer when it is done.
    @Test func linesThatStay() {
        var view = PullView()
        let lines = [
            event(.resolving), event(.exists, first), event(.layer, second), event(.layer, second, 5, of: 10),
            event(.unpacked, second), event(.saving), event(.done),
        ].flatMap { view.take($0) }
        let wanted = [
            "1.27: Pulling from library/nginx", "aaaaaaaaaaaa: Already exists", "bbbbbbbbbbbb: Pull complete",
        ]
        #expect(lines == wanted)
    }

    @Test func barsFollowTheWidth() {
        var view = PullView()
        _ = view.take(event(.layer, first, 5_000_000, of: 10_000_000))
        _ = view.take(event(.layer, second, 0, of: 20_000))
        #expect(
            view.live(width: 63) == [
                "aaaaaaaaaaaa: Downloading [==========>         ] 5.00MB/10.0MB",
                "bbbbbbbbbbbb: Downloading [>                   ] 0B/20.0kB",
            ])
        let narrow = ["aaaaaaaaaaaa: Downloading 5.00MB/10.0MB", "bbbbbbbbbbbb: Downloading 0B/20.0kB"]
        #expect(view.live(width: 45) == narrow)
        #expect(view.live(width: 200)[0].count == 26 + 53 + 13)
        #expect(view.live(width: 20).allSatisfy { $0.count == 20 })
        _ = view.take(event(.layer, first, 10_000_000, of: 10_000_000))
        _ = view.take(event(.retry, second, 0, of: 0, "connection reset"))
        #expect(view.live(width: 60) == ["aaaaaaaaaaaa: Extracting", "bbbbbbbbbbbb: Retrying: connection reset"])
        #expect(view.take(event(.unpacked, first)) == ["aaaaaaaaaaaa: Pull complete"])
        #expect(view.live(width: 60).count == 1)
    }

    @Test func theEndSaysDigestAndName() throws {
        let reference = try ImageReference("nginx:1.27")
        #expect(
            PullView.summary(of: reference, manifest: first, wasPresent: true) == [
                "Digest: \(first)", "Status: Image is up to date for nginx:1.27", "docker.io/library/nginx:1.27",
            ])
    }
}

struct ImageUseTests {
    private let image = StoredImage(
        manifest: "sha256:" + String(repeating: "c", count: 64), names: [], imageID: "sha256:1", layers: [],
        created: nil, size: 1)

    private func pod(image: String, imageID: String = "") -> Pod {
        var pod = Pod()
        pod.metadata.name = "p"
        pod.metadata.namespace = "default"
        var container = Container()
        container.image = image
        pod.spec.containers = [container]
        var status = ContainerStatus()
        status.imageID = imageID
        pod.status.containerStatuses = [status]
        return pod
    }

    private func named(_ names: String...) throws -> StoredImage {
        var image = image
        image.names = try names.map { try ImageReference($0) }
        return image
    }

    @Test func aNameThatAPodGivesIsInUse() throws {
        let use = ImageUse(pods: [pod(image: "nginx")])
        let image = try named("docker.io/library/nginx:latest", "other")
        #expect(use.user(of: image, name: image.names[0]) == "default/p")
        // The other name can go: the image stays by the first.
        #expect(use.user(of: image, name: image.names[1]) == nil)
        #expect(use.user(of: image, name: nil) == "default/p")
    }

    /// Its name may mean another image by now.
    @Test func theImageThatAContainerRunsFromIsInUse() throws {
        let use = ImageUse(pods: [pod(image: "nginx", imageID: "sha256:1")])
        #expect(use.user(of: image, name: nil) == "default/p")
        let last = try named("old:1")
        #expect(use.user(of: last, name: last.names[0]) == "default/p")
    }

    @Test func aDigestMeansTheImage() throws {
        let use = ImageUse(pods: [pod(image: "nginx@\(image.manifest)")])
        let tagged = try named("nginx:1")
        #expect(use.user(of: tagged, name: tagged.names[0]) == "default/p")
        #expect(ImageUse(pods: [pod(image: "redis")]).user(of: tagged, name: nil) == nil)
    }
}
