# test_files.py: render, batch, split and join, and making avatars.
from __future__ import annotations

import shutil
import subprocess

import pytest

import framegen
from conftest import ROOT, SPEECH


def test_two_lines_make_a_video(ava, tmp_path):
    seen = []
    report = framegen.render(SPEECH, tmp_path / "out.mp4", avatar=ava, end_frame=10, preset="ultrafast", progress=lambda *at: seen.append(at))
    assert (tmp_path / "out.mp4").stat().st_size > 10000 and report.frames == 10
    assert seen and 0 <= seen[-1][0] <= 10 and report.details["avatar"]["name"] == "ava"


def test_parts_of_a_speech_join_to_the_whole(ava, tmp_path):
    all_frames = framegen.speech_frames(SPEECH)
    ranges = framegen.split_frames(all_frames, 2)
    assert ranges[0][0] == 0 and ranges[0][1] == ranges[1][0] and ranges[1][1] == all_frames
    for number, (first, end) in enumerate(ranges):
        framegen.render(SPEECH, tmp_path / f"{number}.mp4", avatar=ava, first_frame=first, end_frame=end, preset="ultrafast")
    frames = framegen.join([tmp_path / "0.mp4", tmp_path / "1.mp4"], SPEECH, tmp_path / "all.mp4")
    assert frames == all_frames


def test_a_batch_does_what_it_can_and_resumes(engine, tmp_path):
    jobs = [{"audio": str(SPEECH), "range": "0:3"}, {"audio": "missing.wav"}]
    report = framegen.batch(jobs, tmp_path, engine=engine, preset="ultrafast")
    assert [(result.line, result.frames, result.skipped) for result in report.results] == [(1, 3, False)]
    [(line, _, error)] = report.failures
    assert line == 2 and isinstance(error, framegen.BadInput) and report.frames == 3
    again = framegen.batch(jobs[:1], tmp_path, engine=engine, preset="ultrafast", resume=True)
    assert again.results[0].skipped


def test_an_avatar_is_calibrated(ava, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(ava.folder, folder, ignore=shutil.ignore_patterns("cache", "calibration.json"))
    seen = []
    file = framegen.calibrate(folder, SPEECH, faces=2, progress=lambda *at: seen.append(at))
    assert file.is_file() and seen[-1] == (4, 4)  # two faces seen, the same two compared
    chosen = framegen.Avatar(folder, framegen.Engine(threads=1, precision="auto", cache=False)).info
    assert chosen["precision"] in ("fp32", "bf16", "int8") and chosen["precision_reason"].startswith(chosen["precision"])
    assert ava.info["precision_reason"] == ""  # it was named


def test_an_avatar_is_prepared_once(ava, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(ava.folder, folder, ignore=shutil.ignore_patterns("cache"))
    frames = ava.info["template_frames"]

    def stop(done, all_frames, seconds_left):
        assert all_frames == frames and seconds_left >= 0
        return done < 2

    with pytest.raises(framegen.Cancelled):
        framegen.prepare(folder, progress=stop)
    there = framegen.prepare(folder)
    assert there.frames == there.were_there + there.written == frames and there.were_there >= 2 and there.bytes_per_frame > 1e6
    assert framegen.prepare(folder).were_there == frames
    with pytest.raises(framegen.BadUse):
        framegen.prepare(folder, precision="fp7")


def test_a_film_without_a_face_is_told_with_what_was_looked_for(tmp_path):
    film = tmp_path / "film.mp4"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=25:duration=1", str(film)]
    if shutil.which("ffmpeg") is None:
        pytest.skip("there is no ffmpeg")
    subprocess.run(command, check=True)
    with pytest.raises(framegen.BadInput, match="face"):
        framegen.import_avatar(tmp_path / "new", video=film)
    with pytest.raises(framegen.BadUse, match="frames"):
        framegen.import_avatar(tmp_path / "new", video=film, frames=(1, 2, 3))
    assert not (tmp_path / "new").exists()


def test_what_is_no_data_set_is_told(tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(framegen.Error) as caught:
        framegen.import_avatar(tmp_path / "new", dataset=tmp_path / "data", generator=ROOT / "README.md", audio_encoder=ROOT / "README.md")
    assert not (tmp_path / "new").exists() and isinstance(caught.value, (framegen.BadInput, framegen.BadUse, framegen.BadAvatar))
