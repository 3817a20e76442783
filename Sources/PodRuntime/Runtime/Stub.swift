import Glibc
import PodImages
import PodLinux
import PodModel
import PodPlanning
final class ImageStore { init(directory: String) {}; func resolve(_ r: ImageReference) throws -> ImageFacts? { nil } }
