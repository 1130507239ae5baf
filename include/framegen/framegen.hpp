// framegen.hpp: the whole library. Speech in, a presenter's pictures out:
//
//   auto engine = framegen::Engine::create();                              // threads: one per core
//   auto avatar = framegen::Avatar::open(*engine, "assets/avatars/ava");   // weights and pictures, once
//   framegen::RenderJob job;
//   job.audio = "speech.wav";
//   job.video = "out.mp4";
//   auto report = framegen::render(*engine, *avatar, job);                 // or frame by frame: session.hpp
//   if (!report) std::cerr << report.error().message() << '\n';
#pragma once

#include "framegen/avatar.hpp"
#include "framegen/batch.hpp"
#include "framegen/calibrate.hpp"
#include "framegen/engine.hpp"
#include "framegen/import.hpp"
#include "framegen/live.hpp"
#include "framegen/prepare.hpp"
#include "framegen/render.hpp"
#include "framegen/sandbox.hpp"
#include "framegen/session.hpp"
#include "framegen/split.hpp"
