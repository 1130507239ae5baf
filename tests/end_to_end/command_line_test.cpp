// command_line_test.cpp: command lines as people type them: what is wrong is named, what is meant is done.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class CommandLine : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string avatar_ = mini_avatar().string();

  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  // In `folder_`, with a shell: pipes and redirections as users write them; $F is the program.
  ProgramRun shell(const std::string& line) {
    return run_program({"env", "F=" + fs::absolute(FRAMEGEN_PROGRAM).string(), "A=" + avatar_,
                        "S=" + fs::absolute(golden_speech()).string(), "bash", "-c",
                        "cd " + folder_.path().string() + " && " + line});
  }
  std::string hash_of(const std::string& name) { return *read_text_file(folder_ / name); }
  std::string probe(const std::string& name, const std::string& entries) {
    return run_program(
               {"ffprobe", "-v", "error", "-show_entries", entries, "-of", "default=nk=1:nw=1", file(name)})
        .out;
  }
};

// Where Vulkan's loader finds no driver; on a library without WebGPU the line says that.
TEST_F(CommandLine, AProviderThatDoesNotStartIsOneLineAndRendersNothing) {
  const auto run = shell(
      "VK_ICD_FILENAMES=/nowhere.json VK_DRIVER_FILES=/nowhere.json $F render $S --avatar $A --provider "
      "webgpu -o out.mp4");
  EXPECT_EQ(run.exit_code, 2) << run.out << run.err;
  EXPECT_THAT(run.err, ::testing::StartsWith("error: --provider webgpu: "));
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  EXPECT_THAT(run.err, HasSubstr("docs/gpu.md"));
  EXPECT_FALSE(fs::exists(folder_ / "out.mp4"));
}

TEST_F(CommandLine, TheProviderThatIsFastestIsTheCpuWhereNoOtherStarts) {
  const auto run = shell(
      "VK_ICD_FILENAMES=/nowhere.json VK_DRIVER_FILES=/nowhere.json $F render $S --avatar $A --provider auto "
      "--no-cache -t 0.2 "
      "--hash auto.txt --report report.json && $F render $S --avatar $A --no-cache -t 0.2 --hash plain.txt");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(hash_of("auto.txt"), hash_of("plain.txt"));
  EXPECT_THAT(hash_of("report.json"), HasSubstr("no GPU computes here"));
}

struct Mistake {
  std::vector<std::string> words;
  std::string named, remedy;
};

TEST_F(CommandLine, AMistakeIsNamedWithTheNearestRightWord) {
  const std::vector<Mistake> mistakes = {
      {{"render", "--adio", "x.wav"}, "there is no option --adio", "did you mean --audio?"},
      {{"render", "-audio", "x.wav"}, "there is no option -audio", "did you mean --audio?"},
      {{"render", "x.wav", "--treads", "2"}, "there is no option --treads", "did you mean --threads?"},
      {{"render", "x.wav", "--treads=2"}, "there is no option --treads", "did you mean --threads?"},
      {{"rendr", "x.wav"}, "there is no command \"rendr\"", "did you mean render?"},
      {{"help", "comapre"}, "there is no command \"comapre\"", "did you mean compare?"},
      {{golden_speech()}, "there is no command", "framegen render " + golden_speech()},
      {{"render"}, "--audio is missing", "framegen render speech.mp3 -o out.mp4"},
      {{"render", "a.wav", "b.wav"}, "\"b.wav\" is too much", "--help"},
      {{"render", "x.wav", "--size", "640x360"}, "size of the avatar's template frames", "ffmpeg"},
      {{"render", "x.wav", "--fps", "30"}, "the avatar's frame rate", "ffmpeg"},
      {{"render", "x.wav", "--start-frame", "-3"}, "--start-frame -3 is not in 0 … 1073741824", "--help"},
      {{"render", "x.wav", "--cpu", "zen"}, "zen is none of", "--help"},
      {{"render", "x.wav", "--threads", "many"}, "--threads many is not in 0 … 1024", "--help"},
      {{"render", "x.wav", "-t", "soon"}, "is no length of time", "1:30"},
      {{"render", "x.wav", "--mode", "mutex"}, "--mode", "--backend onnxruntime"},
      {{"render", "https://example.org/a.mp3"}, "is an address", "curl -L"},
      {{"import", "--package", "a", "--livetalking", "b", "-o", "c"}, "contradict each other", "--help"},
      {{"serve", "--listen", "foo:1"}, "\"foo\" is no address", "127.0.0.1:8317"},
      {{"split", "-", "--jobs"}, "the standard input has no name", "give a file"}};
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(::testing::PrintToString(mistake.words));
    const auto run = framegen(mistake.words);
    EXPECT_TRUE(run.exit_code == 2 || run.exit_code == 3) << run.err;
    EXPECT_THAT(run.err, AllOf(HasSubstr(mistake.named), HasSubstr(mistake.remedy)));
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_LT(run.err.size(), 300u);
  }
}

TEST_F(CommandLine, HelpAndVersionComeByEveryUsualWord) {
  for (const std::string word : {"version", "--version", "-V"})
    EXPECT_THAT(framegen({word}).out, ::testing::MatchesRegex("[0-9.]+\n")) << word;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"help", "render"}, {"render", "--help"}, {"render", "-h"}}) {
    const auto run = framegen(words);
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.out, AllOf(HasSubstr("Usage: framegen render"), HasSubstr("Input:"), HasSubstr("Output:"),
                               HasSubstr("Speed and exactness:"),
                               HasSubstr("Example:\n  framegen render speech.mp3 -o out.mp4")));
  }
  EXPECT_THAT(framegen({"help"}).out, AllOf(HasSubstr("Make videos:"), HasSubstr("avatars")));
  const auto bare = framegen({});
  EXPECT_EQ(bare.exit_code, 2);
  EXPECT_THAT(bare.err, HasSubstr("framegen render speech.mp3 -o out.mp4"));
}

TEST_F(CommandLine, WordsThatDidNotArriveAreAnError) {
  for (const std::string words : {"--version", "version", "help", "render --help", "avatars --json"}) {
    SCOPED_TRACE(words);
    const auto full = shell("$F " + words + " > /dev/full");
    EXPECT_EQ(full.exit_code, 5);
    EXPECT_THAT(full.err, ::testing::MatchesRegex("error: standard output: cannot be written[^\n]*\n"));
    const auto unheard =
        shell("$F " + words + " >&- && mkfifo fifo && { $F " + words +
              " > fifo & } && exec 3< fifo 3<&- && wait $!; code=$?; rm -f fifo; exit $code");
    EXPECT_EQ(unheard.exit_code, 0) << unheard.err;
  }
  EXPECT_EQ(shell("$F render nowhere.wav > /dev/full").exit_code, 3) << "the first error is told";
}

TEST_F(CommandLine, ABarIsDrawnWhereItIsAskedForWithoutATerminal) {
  const auto known = shell("$F render --avatar $A --no-cache --frames 4 --hash a.txt --progress bar $S");
  EXPECT_EQ(known.exit_code, 0);
  EXPECT_THAT(known.err, AllOf(HasSubstr("/4 frames  "), HasSubstr("0:00 left")));
  const auto counted = shell(
      "cp -r $A copy && $F calibrate -y --avatar copy --audio $S --faces 4 "
      "--likeness-faces 0 --progress bar");
  EXPECT_EQ(counted.exit_code, 0) << counted.err;
  EXPECT_THAT(counted.err, HasSubstr("4/4"));
}

// Pictures for a standard output that is closed went into whatever file was opened next.
TEST_F(CommandLine, AClosedStreamIsNoFile) {
  const std::string render = "cp $S own.wav && $F render --avatar $A --no-cache --frames 2 -q ";
  for (const std::string where : {"--raw - own.wav", "--hash - own.wav", "--raw - --no-sandbox own.wav"}) {
    SCOPED_TRACE(where);
    const auto run = shell(render + where + " >&-");
    EXPECT_EQ(run.exit_code, 5) << run.err;
    EXPECT_THAT(run.err, ::testing::StartsWith("error: standard output: cannot be written"));
    EXPECT_EQ(shell("cmp own.wav $S").exit_code, 0);
  }
  EXPECT_EQ(shell(render + "--hash a.txt - <&-").exit_code, 3);
  EXPECT_EQ(shell(render + "--hash b.txt own.wav <&- >&- 2>&-").exit_code, 0);
}

// So few that its libraries cannot be loaded is the loader's line; how few that is, whoever began it decides,
// by what it left open.
TEST_F(CommandLine, FewOpenFilesAreAVideoOrALine) {
  for (const int files : {6, 7, 8, 9, 10, 11, 12, 64}) {
    SCOPED_TRACE(files);
    const auto run = shell("ulimit -n " + std::to_string(files) +
                           "; exec $F render --avatar $A --no-cache --frames 2 -q -y --hash few.txt $S");
    const bool line = run.err.starts_with("error: ") || run.exit_code == 127;
    EXPECT_TRUE(run.exit_code == 0 || (line && files < 64)) << run.err;
    EXPECT_LE(std::count(run.err.begin(), run.err.end(), '\n'), run.exit_code == 0 ? 0 : 1) << run.err;
  }
}

// OpenBLAS, which OpenCV brings in, has a thread before main() that asks for memory for ever where there is
// none, and is waited for at the end.
TEST_F(CommandLine, EndsWhereTheAddressSpaceIsBounded) {
  for (int kilobytes = 250'000; kilobytes <= 450'000; kilobytes += 20'000) {
    SCOPED_TRACE(kilobytes);
    const auto run =
        run_program({"/bin/sh", "-c",
                     "ulimit -v " + std::to_string(kilobytes) + "; exec timeout -s KILL 30 \"$0\" --version",
                     FRAMEGEN_PROGRAM});
    EXPECT_NE(run.exit_code, 137) << "did not end";
  }
}

TEST_F(CommandLine, EveryCommandHasAnExample) {
  const std::string all = framegen({"help"}).out;
  for (const std::string command :
       {"render", "batch", "split", "join", "serve", "stream", "avatars", "import", "calibrate", "prepare",
        "inspect", "dump", "compare", "bench", "synth-model", "doctor"}) {
    EXPECT_THAT(all, HasSubstr("  " + command));
    EXPECT_THAT(framegen({"help", command}).out, HasSubstr("Example:\n  framegen " + command)) << command;
  }
}

TEST_F(CommandLine, SpeechComesByAnyWayAndIsTheSame) {
  const std::string render = "$F render --avatar $A --no-cache --frames 4 -q --hash ";
  ASSERT_EQ(shell(render + "plain.txt --audio $S").exit_code, 0);
  for (const std::string way : {"$S", "- < $S", "--audio - < $S", "/dev/stdin < $S", "<(cat $S)", "file://$S",
                                "file://localhost$S"}) {
    SCOPED_TRACE(way);
    const auto run = shell(render + "other.txt -y " + way);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(hash_of("other.txt"), hash_of("plain.txt"));
  }
  const auto strange = shell("cp $S 'two words 100%zz.wav' && " + render +
                             "other.txt -y \"file://$PWD/two%20words%20100%zz.wav\"");
  EXPECT_EQ(strange.exit_code, 0) << strange.err;
  EXPECT_EQ(hash_of("other.txt"), hash_of("plain.txt"));
  const auto piped = shell("cat $S | " + render + "other.txt -y -");
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_EQ(hash_of("other.txt"), hash_of("plain.txt"));
  EXPECT_THAT(shell("printf '' | " + render + "x.txt -").err, HasSubstr("standard input: is empty"));
  EXPECT_THAT(shell("echo text | " + render + "x.txt -").err, HasSubstr("standard input: is neither audio"));
}

TEST_F(CommandLine, APipeGivesTheVideoItsSoundToo) {
  const auto run = shell("cat $S | $F render - --avatar $A --no-cache -o out.mp4");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(probe("out.mp4", "stream=codec_name"), AllOf(HasSubstr("h264"), HasSubstr("aac")));
}

TEST_F(CommandLine, TheNameSaysTheContainer) {
  for (const auto& [name, format] :
       {std::pair("a.mp4", "mp4"), std::pair("a.mov", "mov"), std::pair("a.mkv", "matroska")}) {
    SCOPED_TRACE(name);
    ASSERT_EQ(shell(std::string("$F render $S --avatar $A --no-cache --frames 3 -o ") + name).exit_code, 0);
    EXPECT_THAT(probe(name, "format=format_name"), HasSubstr(format));
    EXPECT_THAT(probe(name, "format_tags=comment"), HasSubstr("generated by framegen"));
  }
  EXPECT_THAT(run_program({"head", "-c", "12", file("a.mov")}).out, HasSubstr("ftypqt"));
  for (const std::string name : {"a.webm", "a.avi", "a.gif", "a.mp3", "a"}) {
    SCOPED_TRACE(name);
    const auto run = shell("$F render $S --avatar $A --no-cache --frames 3 -o " + name);
    EXPECT_EQ(run.exit_code, 5);
    EXPECT_THAT(run.err, HasSubstr("kind"));
    EXPECT_FALSE(fs::exists(folder_ / name));
  }
}

TEST_F(CommandLine, AVideoGoesThroughAPipe) {
  for (const auto& [words, format] : {std::pair("-o -", "matroska"), std::pair("-o - --format mp4", "mp4")}) {
    SCOPED_TRACE(words);
    const auto run = shell(std::string("$F render $S --avatar $A --no-cache ") + words + " | cat > piped");
    EXPECT_EQ(run.err, "");
    EXPECT_THAT(probe("piped", "format=format_name"), HasSubstr(format));
    const auto frames =
        run_program({"ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries",
                     "stream=nb_read_frames", "-of", "default=nk=1:nw=1", file("piped")});
    EXPECT_EQ(frames.out, "36\n");
  }
}

// The speech is 1.5 s, its 36 frames are 1.44 s.
TEST_F(CommandLine, TheLastOfTheSoundIsHeard) {
  ASSERT_EQ(shell("$F render $S --avatar $A --no-cache -o whole.mp4").exit_code, 0);
  const auto samples = run_program({"ffmpeg", "-v", "error", "-i", file("whole.mp4"), "-f", "s16le", "-ar",
                                    "16000", "-ac", "1", "-"})
                           .out.size() /
                       2;
  const auto given = run_program({"ffmpeg", "-v", "error", "-i", golden_speech(), "-f", "s16le", "-ar",
                                  "16000", "-ac", "1", "-"})
                         .out.size() /
                     2;
  EXPECT_GE(samples + 16, given);
  EXPECT_LT(samples, given + 2048);  // AAC's last packet
}

TEST_F(CommandLine, FiguresGoToStandardOutput) {
  const auto report = shell("$F render $S --avatar $A --no-cache --frames 3 --hash h.txt --report -");
  ASSERT_EQ(report.exit_code, 0) << report.err;
  EXPECT_EQ(nlohmann::json::parse(report.out)["frames"], 3);
  const auto hash = shell("$F render $S --avatar $A --no-cache --frames 3 --hash -");
  EXPECT_EQ(hash.out, hash_of("h.txt"));
  EXPECT_FALSE(fs::exists(folder_ / "-"));
}

TEST_F(CommandLine, ProgressAsJsonHasALastLine) {
  ASSERT_EQ(shell("cp -r $A mine").exit_code, 0);
  for (const std::string command : {"render $S --avatar $A --no-cache --frames 3 --hash h.txt",
                                    "batch $S -o out --avatar $A --no-cache", "prepare --avatar mine"}) {
    const auto run = shell("$F " + command + " --progress json");
    ASSERT_FALSE(run.err.empty()) << command;
    const auto last = run.err.substr(run.err.rfind('\n', run.err.size() - 2) + 1);
    EXPECT_EQ(nlohmann::json::parse(last)["done"], true) << run.err;
  }
}

TEST_F(CommandLine, APipeWithANameIsWaitedForAMomentAndNotForEver) {
  const std::string render = "$F render p --avatar $A --no-cache --frames 3 --hash h.txt";
  const auto late = shell("mkfifo p; { sleep 0.5; cat $S > p; } & " + render);
  EXPECT_EQ(late.exit_code, 0) << late.err;
  const auto never = shell(render + " -y");
  EXPECT_EQ(never.exit_code, 3);
  EXPECT_THAT(never.err, HasSubstr("a pipe that nobody has written to for 10 s"));
}

TEST_F(CommandLine, QuietSaysNothingAndVerboseSaysWhatWasChosen) {
  const auto quiet = shell("$F render $S --avatar $A --no-cache --frames 3 --hash h.txt -q");
  EXPECT_EQ(quiet.out + quiet.err, "");
  const auto verbose = shell("$F render $S --avatar $A --no-cache --frames 3 --hash v.txt -v");
  EXPECT_THAT(verbose.err,
              AllOf(HasSubstr("backend: native"), HasSubstr("generator"), HasSubstr("speech.wav")));
}

TEST_F(CommandLine, ADurationIsCutInFrames) {
  const auto run = shell("$F render $S --avatar $A --no-cache -t 0.4 --hash h.txt");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(hash_of("h.txt"), AllOf(HasSubstr("\n9 "), Not(HasSubstr("\n10 "))));
}

TEST_F(CommandLine, ARangeThatTheSpeechDoesNotFillIsSaid) {
  const auto run = shell("$F render $S --avatar $A --no-cache --range 30:50 --hash h.txt");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, HasSubstr("the speech ends before it: frames 30:36 were rendered"));
}

TEST_F(CommandLine, AvatarsHaveNames) {
  fs::create_directories(folder_ / "people");
  fs::create_directory_symlink(avatar_, folder_ / "people" / "anna");
  const std::string render = "$F render $S --no-cache --frames 2 --hash h.txt -y --avatar ";
  EXPECT_EQ(shell("FRAMEGEN_AVATARS=people " + render + "anna").exit_code, 0);
  EXPECT_EQ(
      shell("FRAMEGEN_AVATARS=people FRAMEGEN_AVATAR=anna $F render $S --no-cache --frames 2 --hash h.txt -y")
          .exit_code,
      0);
  const auto wrong = shell("FRAMEGEN_AVATARS=people " + render + "ana");
  EXPECT_EQ(wrong.exit_code, 4);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean anna?"));
  EXPECT_THAT(shell("FRAMEGEN_AVATARS=people $F avatars").out,
              AllOf(HasSubstr("anna"), HasSubstr("640×360")));
  const auto listed = nlohmann::json::parse(shell("FRAMEGEN_AVATARS=people $F avatars --json").out);
  EXPECT_THAT(listed.dump(), HasSubstr("\"anna\""));
  EXPECT_EQ(shell("FRAMEGEN_AVATARS=people $F inspect anna --json").exit_code, 0);
}

TEST_F(CommandLine, ABatchTakesFoldersListsPipesAndFiles) {
  fs::create_directories(folder_ / "talks");
  for (const char* name : {"a.wav", "b.wav"}) fs::copy_file(golden_speech(), folder_ / "talks" / name);
  std::ofstream(folder_ / "talks" / "notes.txt") << "a.wav\n  b.wav  \n# two talks\n";
  const std::string words = " --avatar $A --no-cache --dry-run ";
  for (const std::string way :
       {"talks", "talks/notes.txt", "talks/*.wav", "- < talks.jsonl", "talks/a.wav"}) {
    SCOPED_TRACE(way);
    std::ofstream(folder_ / "talks.jsonl") << "{\"audio\":\"talks/a.wav\"}\n{\"audio\":\"talks/b.wav\"}\n";
    const auto run = shell("$F batch -o out" + words + way);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.out, AllOf(HasSubstr("line 1: "), HasSubstr("→ out/a.mp4  36 frames")));
    const auto jobs = std::count(run.out.begin(), run.out.end(), '\n');
    EXPECT_EQ(jobs, way == "talks/a.wav" ? 1 : 2);
  }
  EXPECT_FALSE(fs::exists(folder_ / "out"));
  const auto piped =
      shell("$F split talks/a.wav --parts 2 --jobs | $F batch - -o out --avatar $A --no-cache");
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_TRUE(fs::exists(folder_ / "out" / "part-00001.mp4"));
  fs::copy_file(golden_speech(), folder_ / "sound");
  const auto sound = shell("$F batch sound -o out --avatar $A");
  EXPECT_EQ(std::count(sound.err.begin(), sound.err.end(), '\n'), 1) << sound.err;
  EXPECT_THAT(sound.err, HasSubstr("is not a list of jobs"));
}

TEST_F(CommandLine, InspectCountsTheFramesThatRenderMakes) {
  const auto facts = nlohmann::json::parse(shell("$F inspect $S --json").out);
  EXPECT_EQ(facts["frames_at_25_per_s"], 36);
  EXPECT_EQ(facts["sample_rate_hz"], 22050);
  for (const auto& [key, value] : facts.items()) EXPECT_THAT(key, Not(HasSubstr(" ")));
}

TEST_F(CommandLine, CommandsSayWhatTheyHaveDone) {
  EXPECT_THAT(shell("$F synth-model --width 0.5 -o models").out, HasSubstr("models/generator.onnx"));
  const auto dataset = fs::absolute("tests/golden/pipeline/dataset").string();
  EXPECT_THAT(shell("$F import --dataset " + dataset +
                    " --generator models/generator.onnx --audio-encoder models/audio_encoder.onnx -o anna")
                  .out,
              AllOf(HasSubstr("anna"), HasSubstr("12 template frames")));
}

TEST_F(CommandLine, AServerHasEachAvatarOnce) {
  const auto run = shell("$F serve --port 0 --avatar $A --avatar $A/.");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("is given twice"));
}

}  // namespace
}  // namespace framegen::test
